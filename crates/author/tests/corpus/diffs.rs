//! Differences of the packs, and what may not be one.

use vestibule_author::diff::{diff, json, text};
use vestibule_author::formatting::format;
use vestibule_author::set::Set;
use vestibule_engine::source::Sources;

use crate::golden::Golden;
use crate::places::{corpus, read, sets};

/// Two folders under the corpus and the name of the golden file.
const COMPARED: &[(&str, &str, &str)] = &[
    (
        "starterpack/LocalAccounts",
        "starterpack/SocialAndLocalAccounts",
        "LocalAccounts-SocialAndLocalAccounts",
    ),
    (
        "starterpack/SocialAccounts",
        "starterpack/SocialAndLocalAccounts",
        "SocialAccounts-SocialAndLocalAccounts",
    ),
    (
        "starterpack/SocialAndLocalAccounts",
        "starterpack/SocialAndLocalAccountsWithMfa",
        "SocialAndLocalAccounts-WithMfa",
    ),
    (
        "starterpack/LocalAccounts",
        "starterpack/Display Controls Starterpack/LocalAccounts",
        "LocalAccounts-DisplayControls",
    ),
];

#[test]
fn the_packs_differ_as_they_did() {
    let Some(corpus) = corpus() else { return };
    let mut golden = Golden::default();
    for (before, after, name) in COMPARED {
        let [before, after] = [before, after].map(|folder| Set::of(&read(&corpus.join(folder))));
        let difference = diff(&before, &after);
        golden.check(&format!("{name}.diff.txt"), &text(&difference, false));
        golden.check(&format!("{name}.diff.json"), &format!("{:#}\n", json(&difference)));
    }
    golden.done();
}

/// The same files under other names and in another layout: line ends, spaces between closed elements, comments.
fn laid_out_otherwise(sources: &Sources) -> Sources {
    let mut others = Sources::default();
    for (at, source) in sources.iter().enumerate() {
        let text = source.text().replace("\r\n", "\n").replace("/>", " />\n\n");
        let text = text.replacen("</TrustFrameworkPolicy>", "<!-- the end --></TrustFrameworkPolicy>", 1);
        others.add(&format!("other-{at}.xml"), text.as_bytes());
    }
    others
}

/// The same files as `vestibule fmt` writes them; what it refuses stays.
fn formatted(sources: &Sources) -> Sources {
    let mut others = Sources::default();
    for source in sources.iter() {
        let text = format(source).unwrap_or_else(|_| source.text().to_owned());
        others.add(source.name(), text.as_bytes());
    }
    others
}

#[test]
fn a_set_is_equal_to_itself_and_to_its_other_layout() {
    for (name, sources) in sets() {
        let set = Set::of(&sources);
        for other in [laid_out_otherwise(&sources), formatted(&sources)] {
            let same = diff(&set, &Set::of(&other));
            assert!(same.is_empty(), "{name}: {}", text(&same, false));
        }
    }
}

#[test]
fn parts_that_moved_to_another_file_are_equal() {
    let Some(corpus) = corpus() else { return };
    for pack in ["LocalAccounts", "SocialAccounts", "SocialAndLocalAccounts", "SocialAndLocalAccountsWithMfa"]
    {
        let whole = read(&corpus.join("starterpack").join(pack));
        let moved = with_journeys_moved(&whole);
        let difference = diff(&Set::of(&whole), &Set::of(&moved));
        let changed: Vec<&str> = difference.policies.iter().map(|policy| policy.id.as_str()).collect();
        // The base lost its journeys, the new file between has them; nobody who inherits both sees it.
        assert_eq!(changed, ["B2C_1A_Journeys", "B2C_1A_TrustFrameworkBase"], "{}", text(&difference, false));
    }
}

/// The journeys of the base in a file of their own, between the base and the localization.
fn with_journeys_moved(sources: &Sources) -> Sources {
    let mut moved = Sources::default();
    for source in sources.iter() {
        let mut text = source.text().to_owned();
        match source.name() {
            "TrustFrameworkBase.xml" => {
                let (before, rest) = text.split_once("<UserJourneys>").expect("journeys");
                let (journeys, after) = rest.split_once("</UserJourneys>").expect("an end");
                let between = format!(
                    "<TrustFrameworkPolicy xmlns=\"http://schemas.microsoft.com/online/cpim/schemas/2013/06\" \
                     PolicySchemaVersion=\"0.3.0.0\" TenantId=\"yourtenant.onmicrosoft.com\" \
                     PolicyId=\"B2C_1A_Journeys\" PublicPolicyUri=\"http://x/y\"><BasePolicy>\
                     <TenantId>yourtenant.onmicrosoft.com</TenantId><PolicyId>B2C_1A_TrustFrameworkBase</PolicyId>\
                     </BasePolicy><UserJourneys>{journeys}</UserJourneys></TrustFrameworkPolicy>"
                );
                moved.add("Journeys.xml", between.as_bytes());
                text = format!("{before}{after}");
            }
            "TrustFrameworkLocalization.xml" => {
                text = text.replace(
                    "<PolicyId>B2C_1A_TrustFrameworkBase</PolicyId>",
                    "<PolicyId>B2C_1A_Journeys</PolicyId>",
                );
            }
            _ => {}
        }
        moved.add(source.name(), text.as_bytes());
    }
    moved
}
