//! Letters as a picture: strokes on a grid, turned, leaned, waved and crossed out by chance, as a PNG in sixteen greys.
//!
//! In: letters of [`letters`], chance. Out: the bytes of a PNG. It need not withstand a trained reader: it is to make guessing by
//! the thousand cost something.

use super::Dice;

const WIDTH: usize = 240;
const HEIGHT: usize = 80;
/// Half the thickness of a stroke, pixels.
const THICK: f32 = 2.1;

type Point = (f32, f32);

/// Each letter's strokes on a grid of 4 by 6, y downwards; points of a stroke in pairs of digits, strokes apart by a space.
/// Letters that look alike are left out.
const STROKES: &[(char, &str)] = &[
    ('A', "062046 1434"),
    ('C', "413010010516364 5"),
    ('E', "40000646 0333"),
    ('F', "400006 0333"),
    ('H', "0006 4046 0343"),
    ('J', "4045361605"),
    ('K', "0006 4003 0346"),
    ('L', "000646"),
    ('M', "0600234046"),
    ('N', "06004640"),
    ('P', "06003041423303"),
    ('R', "06003041423303 2346"),
    ('T', "0040 2026"),
    ('U', "000516364540"),
    ('W', "0016223640"),
    ('X', "0046 4006"),
    ('Y', "0023 402326"),
    ('3', "001030414233132333 334445361605"),
    ('4', "36300444"),
    ('7', "004016"),
    ('9', "4233130201103041443616"),
];

/// The letters that can be drawn.
pub(super) fn letters() -> Vec<char> {
    STROKES.iter().map(|(letter, _)| *letter).collect()
}

/// The lines of a letter on its grid.
fn lines(letter: char) -> Vec<(Point, Point)> {
    let strokes = STROKES.iter().find(|(known, _)| *known == letter).map_or("", |(_, strokes)| strokes);
    let mut found = Vec::new();
    for stroke in strokes.split(' ') {
        let digits: Vec<f32> = stroke.bytes().map(|digit| f32::from(digit.saturating_sub(b'0'))).collect();
        let points: Vec<Point> = digits
            .chunks_exact(2)
            .map(|pair| (pair.first().copied().unwrap_or(0.0), pair.last().copied().unwrap_or(0.0)))
            .collect();
        found.extend(points.windows(2).filter_map(|two| Some((*two.first()?, *two.last()?))));
    }
    found
}

/// How one letter is put on the picture.
struct Pose {
    centre: Point,
    scale: Point,
    turn: f32,
    lean: f32,
}

impl Pose {
    fn put(&self, (x, y): Point) -> Point {
        let (x, y) = ((x - 2.0) * self.scale.0, (y - 3.0) * self.scale.1);
        let x = x - y * self.lean;
        let (sin, cos) = self.turn.sin_cos();
        (self.centre.0 + x * cos - y * sin, self.centre.1 + x * sin + y * cos)
    }
}

/// Draws a word.
pub(super) fn drawn(word: &str, dice: &mut Dice) -> Vec<u8> {
    let mut strokes: Vec<(Point, Point)> = Vec::new();
    let count = word.chars().count().max(1) as f32;
    let step = WIDTH as f32 / (count + 0.6);
    let (phase, bend) = (dice.between(0.0, std::f32::consts::TAU), dice.between(2.0, 4.0));
    let wave = |(x, y): Point| (x, y + bend * (phase + x / 26.0).sin());
    for (index, letter) in word.chars().enumerate() {
        let pose = Pose {
            centre: (
                step * (index as f32 + 0.8) + dice.between(-3.0, 3.0),
                HEIGHT as f32 / 2.0 + dice.between(-7.0, 7.0),
            ),
            scale: (dice.between(5.0, 6.6), dice.between(6.2, 7.8)),
            turn: dice.between(-0.32, 0.32),
            lean: dice.between(-0.25, 0.25),
        };
        for (from, to) in lines(letter) {
            strokes.extend(curved(pose.put(from), pose.put(to)).map(|(a, b)| (wave(a), wave(b))));
        }
    }
    // Two lines across, of the letters' own thickness, so that they cannot be told by it.
    for _ in 0..2 {
        let from = (dice.between(0.0, 20.0), dice.between(14.0, 66.0));
        let to = (dice.between(220.0, 240.0), dice.between(14.0, 66.0));
        strokes.extend(curved(from, to).map(|(a, b)| (wave(a), wave(b))));
    }
    png(&greys(&strokes, dice))
}

/// A line in pieces, so that a wave bends it.
fn curved((ax, ay): Point, (bx, by): Point) -> impl Iterator<Item = (Point, Point)> {
    const PIECES: u8 = 8;
    let at = move |piece: u8| {
        let part = f32::from(piece) / f32::from(PIECES);
        (ax + (bx - ax) * part, ay + (by - ay) * part)
    };
    (0..PIECES).map(move |piece| (at(piece), at(piece + 1)))
}

fn distance((px, py): Point, ((ax, ay), (bx, by)): &(Point, Point)) -> f32 {
    let (dx, dy) = (bx - ax, by - ay);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 { (((px - ax) * dx + (py - ay) * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    ((px - ax - along * dx).powi(2) + (py - ay - along * dy).powi(2)).sqrt()
}

/// Darkness of each pixel from 0 to 15, row by row.
fn greys(strokes: &[(Point, Point)], dice: &mut Dice) -> Vec<u8> {
    let mut ink = vec![0.0_f32; WIDTH * HEIGHT];
    let reach = THICK + 1.0;
    for stroke in strokes {
        let ((ax, ay), (bx, by)) = *stroke;
        let columns = pixels(ax.min(bx) - reach, ax.max(bx) + reach, WIDTH);
        for y in pixels(ay.min(by) - reach, ay.max(by) + reach, HEIGHT) {
            for x in columns.clone() {
                let far = distance((x as f32, y as f32), stroke);
                let dark = (THICK + 0.5 - far).clamp(0.0, 1.0);
                if let Some(pixel) = ink.get_mut(y * WIDTH + x) {
                    *pixel = pixel.max(dark);
                }
            }
        }
    }
    let noise = |dice: &mut Dice| if dice.unit() > 0.93 { dice.between(0.1, 0.45) } else { 0.0 };
    // Rounded to one of sixteen.
    ink.into_iter().map(|dark| ((dark * 0.85 + noise(dice)).min(1.0) * 15.0) as u8).collect()
}

fn pixels(low: f32, high: f32, most: usize) -> std::ops::Range<usize> {
    let end = (high.max(0.0) as usize + 1).min(most);
    (low.max(0.0) as usize).min(end)..end
}

/// A PNG of four bits a pixel, not compressed: noise would not compress anyway (RFC 2083, RFC 1950, RFC 1951).
fn png(greys: &[u8]) -> Vec<u8> {
    let mut rows = Vec::new();
    for row in greys.chunks(WIDTH) {
        rows.push(0);
        rows.extend(row.chunks(2).map(|two| {
            let pixel = |at: usize| 15 - two.get(at).copied().unwrap_or(0).min(15);
            pixel(0) << 4 | pixel(1)
        }));
    }
    let mut data = vec![0x78, 0x01];
    let blocks = rows.chunks(65_535).count();
    for (index, block) in rows.chunks(65_535).enumerate() {
        data.push(u8::from(index + 1 == blocks));
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        data.extend(length.to_le_bytes());
        data.extend((!length).to_le_bytes());
        data.extend(block);
    }
    data.extend(adler(&rows).to_be_bytes());
    let mut head = Vec::new();
    head.extend((WIDTH as u32).to_be_bytes());
    head.extend((HEIGHT as u32).to_be_bytes());
    head.extend([4, 0, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, body) in [(b"IHDR", head.as_slice()), (b"IDAT", data.as_slice()), (b"IEND", &[])] {
        out.extend((body.len() as u32).to_be_bytes());
        let start = out.len();
        out.extend(name);
        out.extend(body);
        let sum = crc(out.get(start..).unwrap_or_default());
        out.extend(sum.to_be_bytes());
    }
    out
}

fn adler(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (a + b) % 65_521)
    });
    b << 16 | a
}

fn crc(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| {
                if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 }
            },
        )
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standards() {
        // RFC 2083 appendix: the CRC of an empty IEND chunk; RFC 1950: Adler-32 of "Wikipedia", as widely published.
        assert_eq!(crc(b"IEND"), 0xAE42_6082);
        assert_eq!(adler(b"Wikipedia"), 0x11E6_0398);
    }

    #[test]
    fn every_letter_has_strokes_on_its_grid() {
        for letter in letters() {
            let lines = lines(letter);
            assert!(!lines.is_empty(), "{letter}");
            for ((ax, ay), (bx, by)) in lines {
                assert!([ax, bx].iter().all(|x| (0.0..=4.0).contains(x)), "{letter}");
                assert!([ay, by].iter().all(|y| (0.0..=6.0).contains(y)), "{letter}");
            }
        }
        assert!(lines('?').is_empty());
    }

    #[test]
    fn a_picture_is_a_png_of_its_size_and_never_twice_the_same() {
        let picture = drawn("HK37AR", &mut Dice::new(512));
        assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"));
        assert_eq!(picture.get(16..24), Some([0, 0, 0, 240, 0, 0, 0, 80].as_slice()));
        assert!(picture.len() < 12_000, "{}", picture.len());
        assert_ne!(picture, drawn("HK37AR", &mut Dice::new(512)));
    }
}
