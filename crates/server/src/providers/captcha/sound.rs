//! Digits as a sound: groups of beeps to be counted, in noise, as a WAV of eight bits at 8 kHz.
//!
//! In: digits from 1 on, chance. Out: the bytes of a WAV. Beeps are counted in any language, where spoken letters would need a voice
//! for each.

use super::Dice;

const RATE: u32 = 8_000;
/// Lengths in samples: a beep, the rest behind it, the rest behind a group.
const BEEP: u32 = RATE / 7;
const REST: u32 = RATE / 8;
const PAUSE: u32 = RATE;
const LOUD: f32 = 70.0;
const NOISE: f32 = 22.0;

/// The groups, one after the other.
pub(super) fn spoken(digits: &str, dice: &mut Dice) -> Vec<u8> {
    let mut samples = Vec::new();
    silence(&mut samples, RATE / 2);
    for digit in digits.chars().filter_map(|digit| digit.to_digit(10)) {
        for _ in 0..digit {
            beep(&mut samples, dice.between(420.0, 980.0));
            silence(&mut samples, REST);
        }
        silence(&mut samples, PAUSE);
    }
    let noisy = samples.into_iter().map(|sample: f32| {
        let value = 128.0 + sample + dice.between(-NOISE, NOISE);
        // Between 0 and 255 by the clamp.
        value.clamp(0.0, 255.0) as u8
    });
    wav(&noisy.collect::<Vec<u8>>())
}

fn silence(samples: &mut Vec<f32>, length: u32) {
    samples.extend((0..length).map(|_| 0.0));
}

/// A tone that swells and fades, so that it does not click.
fn beep(samples: &mut Vec<f32>, pitch: f32) {
    let length = BEEP as f32;
    samples.extend((0..BEEP).map(|at| {
        let at = at as f32;
        let swell = (at / length * std::f32::consts::PI).sin().min(0.4) / 0.4;
        LOUD * swell * (at * pitch * std::f32::consts::TAU / RATE as f32).sin()
    }));
}

/// A WAV around samples of eight bits.
fn wav(samples: &[u8]) -> Vec<u8> {
    let length = u32::try_from(samples.len()).unwrap_or(u32::MAX);
    let mut out = b"RIFF".to_vec();
    out.extend((length.saturating_add(36)).to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend(16_u32.to_le_bytes());
    // PCM, one channel.
    out.extend(1_u16.to_le_bytes());
    out.extend(1_u16.to_le_bytes());
    out.extend(RATE.to_le_bytes());
    out.extend(RATE.to_le_bytes());
    out.extend(1_u16.to_le_bytes());
    out.extend(8_u16.to_le_bytes());
    out.extend(b"data");
    out.extend(length.to_le_bytes());
    out.extend(samples);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Groups of loud stretches in a sound: what an ear would count.
    fn counted(wav: &[u8]) -> String {
        let samples = wav.get(44..).unwrap_or_default();
        let loud: Vec<bool> =
            samples.chunks(200).map(|part| part.iter().any(|sample| sample.abs_diff(128) > 50)).collect();
        let (mut digits, mut count, mut quiet, mut was) = (String::new(), 0, 0, false);
        for is in loud {
            quiet = if is { 0 } else { quiet + 1 };
            count += u32::from(is && !was);
            was = is;
            if quiet == 20 && count > 0 {
                digits.push_str(&count.to_string());
                count = 0;
            }
        }
        digits
    }

    #[test]
    fn a_sound_has_as_many_beeps_as_its_digits_say() {
        let wav = spoken("31524", &mut Dice::new(4_096));
        assert!(wav.starts_with(b"RIFF") && wav.get(8..16) == Some(b"WAVEfmt ".as_slice()));
        assert_eq!(counted(&wav), "31524");
    }
}
