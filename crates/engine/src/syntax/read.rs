//! Typed reading of attributes and children: booleans, numbers, enumerated values, lists, references. In: an
//! [`Element`]. Out: values with spans; a value that the schema does not allow is reported and counts as absent.

use std::collections::HashMap;

use super::value::{Choice, fold};
use super::xml::Element;
use crate::diagnostic::{Diagnostic, codes};
use crate::message::{Message, message};
use crate::placeholder::{is_placeholder_tenant, is_template};
use crate::source::Spanned;

/// What the schema demands of a text.
pub(super) type Rule<T> = fn(&str) -> Result<T, Message>;

impl<'d> Element<'d> {
    /// An attribute that follows a rule.
    pub(super) fn typed<T>(&mut self, name: &'static str, rule: Rule<T>) -> Option<Spanned<T>> {
        let value = self.attribute(name)?;
        self.convert(value, rule)
    }

    /// A value that differs from deployment to deployment and is often a placeholder in files that are handed around,
    /// which needs no form; that it is one is said when the policy is compiled.
    pub(super) fn deployment_value(&self, value: Spanned<String>, rule: Rule<String>) -> Spanned<String> {
        if !is_placeholder_tenant(&value)
            && let Err(sentence) = rule(&value)
        {
            self.report(Diagnostic::error(codes::BAD_VALUE, value.span, sentence));
        }
        value.map(|text| text.trim().to_owned())
    }

    /// A required attribute that follows a rule.
    pub(super) fn required_typed<T>(&mut self, name: &'static str, rule: Rule<T>) -> Option<Spanned<T>> {
        let value = self.required(name)?;
        self.convert(value, rule)
    }

    /// An enumerated attribute.
    pub(super) fn choice<T: Choice>(&mut self, name: &'static str) -> Option<Spanned<T>> {
        let value = self.attribute(name)?;
        self.choose(value)
    }

    /// A required enumerated attribute.
    pub(super) fn required_choice<T: Choice>(&mut self, name: &'static str) -> Option<Spanned<T>> {
        let value = self.required(name)?;
        self.choose(value)
    }

    /// The text of a child.
    pub(super) fn text_of(&mut self, name: &'static str) -> Option<Spanned<String>> {
        self.one(name, Element::text)
    }

    /// The text of a child that must be there.
    pub(super) fn required_text_of(&mut self, name: &'static str) -> Option<Spanned<String>> {
        let text = self.text_of(name);
        self.needs(name, text.is_some());
        text
    }

    /// The text of a child that must be there, with its outer white space.
    pub(super) fn required_exact_text_of(&mut self, name: &'static str) -> Option<Spanned<String>> {
        self.required_one(name, Element::exact_text)
    }

    /// The text of a child, following a rule.
    pub(super) fn typed_of<T>(&mut self, name: &'static str, rule: Rule<T>) -> Option<Spanned<T>> {
        let text = self.one(name, Element::exact_text)?;
        self.convert(text, rule)
    }

    /// The text of this element itself, following a rule.
    pub(super) fn own_typed<T>(&mut self, rule: Rule<T>) -> Option<Spanned<T>> {
        let text = self.exact_text();
        self.convert(text, rule)
    }

    /// A child that must be there.
    pub(super) fn required_one<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&mut Element<'d>) -> T,
    ) -> Option<T> {
        let met = std::cell::Cell::new(false);
        let value = self.one(name, |child| {
            met.set(true);
            read(child)
        });
        self.needs(name, met.get());
        value
    }

    /// The enumerated text of a child.
    pub(super) fn choice_of<T: Choice>(&mut self, name: &'static str) -> Option<Spanned<T>> {
        let text = self.one(name, Element::exact_text)?;
        self.choose(text)
    }

    /// The enumerated text of this element itself.
    pub(super) fn own_choice<T: Choice>(&mut self) -> Option<Spanned<T>> {
        let text = self.exact_text();
        self.choose(text)
    }

    /// The one required attribute of a child that is a reference, e.g. `<IncludeTechnicalProfile ReferenceId="…"/>`.
    pub(super) fn reference(
        &mut self,
        name: &'static str,
        attribute: &'static str,
    ) -> Option<Spanned<String>> {
        self.one(name, |child| child.key(attribute))
    }

    /// All children of this name, of which there must be one at least.
    pub(super) fn some<T>(&mut self, name: &'static str, read: impl Fn(&mut Element<'d>) -> T) -> Vec<T> {
        let count = std::cell::Cell::new(0_usize);
        let list = self.many(name, |child| {
            count.set(count.get() + 1);
            read(child)
        });
        self.needs(name, count.get() > 0);
        list
    }

    /// `wrapper/item`, both optional.
    pub(super) fn list<T>(
        &mut self,
        wrapper: &'static str,
        item: &'static str,
        read: impl Fn(&mut Element<'d>) -> T,
    ) -> Vec<T> {
        self.one(wrapper, |list| {
            let items = list.many(item, &read);
            if items.is_empty() {
                list.is_empty_list(wrapper);
            }
            items
        })
        .unwrap_or_default()
    }

    /// `wrapper/item`, the wrapper optional, but not empty.
    pub(super) fn full_list<T>(
        &mut self,
        wrapper: &'static str,
        item: &'static str,
        read: impl Fn(&mut Element<'d>) -> T,
    ) -> Vec<T> {
        self.one(wrapper, |list| list.some(item, &read)).unwrap_or_default()
    }

    /// Like [`Element::full_list`] where the wrapper may stand several times; `None` if it is absent.
    pub(super) fn full_lists<T>(
        &mut self,
        wrapper: &'static str,
        item: &'static str,
        read: impl Fn(&mut Element<'d>) -> T,
    ) -> Option<Vec<T>> {
        let lists = self.many(wrapper, |list| list.some(item, &read));
        (!lists.is_empty()).then(|| lists.into_iter().flatten().collect())
    }

    /// Reports elements of one file that have the same key (policy-language 1.4). `what` names the key, e.g.
    /// `ClaimType Id`. The schema's keys differ by case as well; ids do not, so such twins earn a warning.
    pub(super) fn unique<'k>(&self, what: &str, keys: impl IntoIterator<Item = &'k Spanned<String>>) {
        let mut seen: HashMap<String, &Spanned<String>> = HashMap::new();
        for key in keys {
            match seen.get(&fold(key)) {
                Some(first) if first.value == key.value => {
                    let sentence = message!("two elements of this file have the {what} `{}`", key.value);
                    let finding =
                        Diagnostic::error(codes::DUPLICATE_KEY, key.span, sentence).label("declared again");
                    self.report(finding.also(first.span, "first declared here"));
                }
                Some(first) => {
                    let sentence = message!(
                        "the {what} `{}` differs from `{}` by case alone, so only the first counts",
                        key.value,
                        first.value
                    );
                    let finding = Diagnostic::warning(codes::SAME_ID_OTHER_CASE, key.span, sentence);
                    self.report(finding.also(first.span, "the first one"));
                }
                None => {
                    seen.insert(fold(key), key);
                }
            }
        }
    }

    fn convert<T>(&self, text: Spanned<String>, rule: Rule<T>) -> Option<Spanned<T>> {
        match rule(&text) {
            Ok(value) => Some(Spanned::new(value, text.span)),
            Err(_) if is_template(&text) => {
                self.report(unfilled(&text));
                None
            }
            Err(sentence) => {
                self.report(Diagnostic::error(codes::BAD_VALUE, text.span, sentence));
                None
            }
        }
    }

    fn choose<T: Choice>(&self, text: Spanned<String>) -> Option<Spanned<T>> {
        let wanted = text.trim();
        let chosen = T::ALL.iter().find(|(_, name)| *name == wanted);
        if let Some((value, _)) = chosen {
            if wanted != text.value {
                let sentence = message!("white space around `{wanted}` is not allowed here");
                self.report(Diagnostic::error(codes::BAD_VALUE, text.span, sentence));
            }
            return Some(Spanned::new(*value, text.span));
        }
        if is_template(wanted) {
            self.report(unfilled(&text));
            return None;
        }
        let names = || T::ALL.iter().map(|(_, name)| *name);
        let finding =
            Diagnostic::error(codes::BAD_VALUE, text.span, message!("`{wanted}` is not allowed here"));
        let finding = match crate::diagnostic::did_you_mean(wanted, names()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")).suggest(wanted, near),
            None => finding.help(format!("allowed: `{}`", names().collect::<Vec<_>>().join("`, `"))),
        };
        self.report(finding);
        None
    }
}

/// A value that a build step is to fill in, where another form is needed.
fn unfilled(text: &Spanned<String>) -> Diagnostic {
    let sentence = message!("`{}` has yet to be filled in", text.value);
    Diagnostic::warning(codes::DEPLOYMENT_VALUE, text.span, sentence)
}

/// `true`, `false`, `1`, `0`, in small letters as the schema has it; metadata, which the schema does not read, takes any
/// case (policy-language 1).
pub(super) fn boolean(text: &str) -> Result<bool, Message> {
    match text.trim_matches(SPACE) {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        other if ["true", "false"].iter().any(|word| other.eq_ignore_ascii_case(word)) => {
            Err(message!("`{other}` must be written `{}`", other.to_ascii_lowercase()))
        }
        _ => Err(message!("`{text}` is neither `true` nor `false`")),
    }
}

/// White space of XML.
const SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

/// `xs:int`.
pub(super) fn int(text: &str) -> Result<i32, Message> {
    text.trim_matches(SPACE).parse().map_err(|_| message!("`{text}` is not a whole number"))
}

/// `xs:integer` that counts something: what is below 0 or beyond all bounds is as good as 0 or the largest number.
pub(super) fn count(text: &str) -> Result<u32, Message> {
    let number = text.trim_matches(SPACE);
    let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
    if digits.is_empty() || !digits.chars().all(|one| one.is_ascii_digit()) {
        return Err(message!("`{text}` is not a whole number"));
    }
    if number.starts_with('-') { Ok(0) } else { Ok(digits.parse().unwrap_or(u32::MAX)) }
}

/// A value that a build step fills in, e.g. `{Settings:Tenant}`, fits every pattern here.
fn pattern(text: &str, fits: bool, form: &str) -> Result<String, Message> {
    if fits || is_template(text) { Ok(text.to_owned()) } else { Err(message!("`{text}` is not {form}")) }
}

/// `[A-Za-z0-9\.]{3,63}`.
pub(super) fn tenant(text: &str) -> Result<String, Message> {
    let letters = text.chars().all(|one| one.is_ascii_alphanumeric() || one == '.');
    let fits = letters && (3..=63).contains(&text.len());
    pattern(text, fits, "a tenant: 3 to 63 letters, digits and dots, e.g. `contoso.onmicrosoft.com`")
}

/// `[A-Za-z0-9_\-\.]*[A-Za-z0-9_\-]+`.
pub(super) fn policy_id(text: &str) -> Result<String, Message> {
    let letters = text.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '_' | '-' | '.'));
    let fits = letters && !text.is_empty() && !text.ends_with('.');
    pattern(text, fits, "a policy id: letters, digits, `_`, `-` and, not at the end, `.`")
}

/// `[A-Za-z0-9_\-{}\.]*[A-Za-z0-9_\-{}]+`: a policy id with parameters in braces.
pub(super) fn policy_id_pattern(text: &str) -> Result<String, Message> {
    policy_id(&text.replace(['{', '}'], "_")).map(|_| text.to_owned())
}

/// A GUID in the 8-4-4-4-12 form.
pub(super) fn guid(text: &str) -> Result<String, Message> {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = parts.iter().all(|part| part.chars().all(|one| one.is_ascii_hexdigit()));
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    pattern(
        text,
        digits && lengths == [8, 4, 4, 4, 12],
        "a GUID, e.g. `00000000-0000-0000-0000-000000000000`",
    )
}

/// `[a-z]{1,3}(-[a-zA-Z0-9]{2,4}){0,2}`.
pub(super) fn culture(text: &str) -> Result<String, Message> {
    let mut parts = text.split('-');
    let primary = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let subtag =
        |part: &&str| (2..=4).contains(&part.len()) && part.chars().all(|one| one.is_ascii_alphanumeric());
    let fits = (1..=3).contains(&primary.len())
        && primary.chars().all(|one| one.is_ascii_lowercase())
        && rest.len() <= 2
        && rest.iter().all(subtag);
    pattern(text, fits, "a language, e.g. `en` or `pt-BR`")
}

/// The one version of the schema there is.
pub(super) fn schema_version(text: &str) -> Result<String, Message> {
    if text == "0.3.0.0" {
        Ok(text.to_owned())
    } else {
        Err(message!("the schema version must be `0.3.0.0`, not `{text}`"))
    }
}

/// `[0-9][.][0-9][.][0-9]`.
pub(super) fn three_part_version(text: &str) -> Result<String, Message> {
    let parts: Vec<&str> = text.split('.').collect();
    let digit = |part: &&str| part.len() == 1 && part.chars().all(|one| one.is_ascii_digit());
    pattern(text, parts.len() == 3 && parts.iter().all(digit), "a version, e.g. `1.0.0`")
}

/// The schema's ContentUriTYPE, its anchors taken as such: `http://`, `https://` or `~/` and steps of certain characters,
/// or a `urn:`.
pub(super) fn content_uri(text: &str) -> Result<String, Message> {
    let letter = |one: char| one.is_alphanumeric() || ".,@?^=%&:~+#-_$!’();".contains(one);
    let path = ["http://", "https://", "~/"].iter().find_map(|start| text.strip_prefix(start));
    let address = path.is_some_and(|path| {
        let steps = path.strip_suffix('/').unwrap_or(path);
        steps.split('/').all(|step| !step.is_empty() && step.chars().all(letter))
    });
    let urn = text.strip_prefix("urn:").and_then(|rest| rest.split_once(':')).is_some_and(|(space, rest)| {
        let low = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit();
        let known = |one: char| low(one) || "()+,/-.:=@;$_!*'%?#".contains(one);
        let begins = space.starts_with(low) && space.len() <= 32;
        begins
            && space.chars().all(|one| low(one) || one == '-')
            && !rest.is_empty()
            && rest.chars().all(known)
    });
    pattern(text, address || urn, "a content URI: `https://…`, `~/…` or `urn:…`, without spaces and braces")
}

/// Any text but the empty one.
pub(super) fn not_empty(text: &str) -> Result<String, Message> {
    if text.is_empty() { Err(message!("must not be empty")) } else { Ok(text.to_owned()) }
}
