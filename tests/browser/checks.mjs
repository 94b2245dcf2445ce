// What may stand in a field and what is said otherwise (user-interface 4, policy-language 4.1–4.3, 6.3), as one table that the
// page's script and the server are both held to. In: nothing. Out: rows { field, typed, says }; `says` is null where the
// text is fine. A date is typed as { day, month, year }; several check boxes as a list.
const invalid = (label) => `${label} has invalid input.`;

const row = (field, says, ...typed) => typed.map((one) => ({ field, typed: one, says }));

const SECRET_LENGTH = "The secret must have\n4 to 8 characters";
const BIRTH = "Your day of birth must be\nbetween 1990 and today";

export const CHECKS = [
  // Required; white space and characters that show nothing are nothing.
  ...row("keeper", "Keeper is required", "", "   ", "\u200b", "\u2060\u00ad"),
  // A pattern with words of its own; one without; anchors of .NET; letters of other scripts.
  ...row("fullName", null, "", "Ada", "  Ada  "),
  ...row("fullName", "A capital letter, then small ones.", "ada", "ADA", "Ada Lovelace", "Ada1"),
  ...row("quiet", null, "", "7"),
  ...row("quiet", "Incorrect pattern for: Quiet", "x", "1x"),
  ...row("anchored", null, "yes", "no"),
  ...row("anchored", "Say yes or no.", "maybe", "yesno", "A(yes)"),
  ...row("word", null, "word", "Größe", "слово"),
  ...row("word", "One word.", "two words", "a-b"),
  // Types.
  ...row("mailBox", null, "", "ada@example.com", "a@b"),
  ...row("mailBox", invalid("Mail box"), "ada", "@example.com", "ada@", "a@b@c", "a b@c"),
  ...row("count", null, "", "0", "-0", "+5", "007", "2147483647", "-2147483648"),
  ...row("count", invalid("Count"), "1.5", "1e3", "0x1F", "2147483648", "-2147483649", "٣", "1 2", "NaN", "+"),
  ...row("distance", null, "9223372036854775807"),
  ...row("distance", invalid("Distance"), "9223372036854775808", "far"),
  ...row("agreed", null, "", "true", "FALSE", "1", "0"),
  ...row("agreed", invalid("Agreed"), "yes", "2", "tru"),
  ...row("handset", null, "", "+1 (555) 555-0100", "112", "4915112345678"),
  ...row("handset", invalid("Handset"), "12", "abc", "+", "+1 555 ext 7", "1234567890123456", "５５５０１００"),
  // Days: none, some and all of three parts; days that do not exist; a rule about them.
  ...row("born", null, {}, { day: 29, month: 2, year: 2000 }, { day: 15, month: 6, year: 1990 }),
  ...row("born", invalid("Born"), { day: 1 }, { month: 2, year: 2000 }, { day: 30, month: 2, year: 2000 }, { day: 29, month: 2, year: 2001 }, { day: 31, month: 4, year: 2001 }),
  ...row("born", BIRTH, { day: 14, month: 6, year: 1990 }),
  ...row("meeting", null, {}, { day: 1, month: 1, year: 2000 }),
  ...row("meeting", invalid("Meeting"), { day: 31, month: 6, year: 2000 }),
  // Rules: the group's words, then those of what fails; how many must hold.
  ...row("secret", null, "", "abc1", "abc-", "12-*", "ab*defgh"),
  ...row("secret", SECRET_LENGTH, "ab1", "abcdefgh1", "😀😀😀😀1"),
  ...row("secret", "At least 2 of these:\na digit\na dash or a star", "abcd"),
  ...row("secret", "At least 2 of these:\na small letter\na digit\na dash or a star", "ABCD", "ÄÖÜß"),
  ...row("nickname", null, "", "a1"),
  ...row("nickname", "begins with a letter", "1a", "ä"),
  // Lists.
  ...row("colour", null, "red"),
  ...row("size", null, "s"),
  ...row("likes", null, [], ["tea", "coffee"], ["milk, warm"], ["tea", "milk, warm"]),
  // Length.
  ...row("nickname", null, "a".repeat(4096)),
  ...row("nickname", invalid("Nickname"), "a".repeat(4097)),
];
