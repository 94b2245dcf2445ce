//! The texts of our own mails in the languages we speak. `{0}`, `{1}` are filled in by `letters.rs`.

/// One language.
pub(super) struct Words {
    pub(super) tag: &'static str,
    pub(super) right_to_left: bool,
    /// Subject after the code; {0}: name of the tenant.
    pub(super) code_subject: &'static str,
    pub(super) code_heading: &'static str,
    /// {0}: name of the tenant.
    pub(super) code_why: &'static str,
    /// {0}: minutes.
    pub(super) code_valid: &'static str,
    pub(super) code_not_you: &'static str,
    pub(super) changed_subject: &'static str,
    pub(super) changed_heading: &'static str,
    /// {0}: address of the account, {1}: name of the tenant.
    pub(super) changed_what: &'static str,
    /// {0}: time in UTC.
    pub(super) changed_when: &'static str,
    pub(super) changed_not_you: &'static str,
    /// {0}: name of the person.
    pub(super) hello: &'static str,
    pub(super) automatic: &'static str,
}

/// The language for a tag: by its first part; English when we do not speak it.
pub(super) fn words(tag: &str) -> &'static Words {
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    LANGUAGES.iter().find(|words| words.tag.eq_ignore_ascii_case(primary)).unwrap_or(&ENGLISH)
}

/// Every language; the first is the fallback.
pub(super) const LANGUAGES: &[Words] = &[ENGLISH, GERMAN, FRENCH, SPANISH, ARABIC];

const ENGLISH: Words = Words {
    tag: "en",
    right_to_left: false,
    code_subject: "is your {0} verification code",
    code_heading: "Your verification code",
    code_why: "Someone, hopefully you, asked {0} to verify this mail address. Type this code on the page that asks for it:",
    code_valid: "It is valid for {0} minutes and works once.",
    code_not_you: "If it was not you, ignore this mail: without the code nothing happens. Do not pass the code on to anyone, not even to us.",
    changed_subject: "Your {0} password was changed",
    changed_heading: "Your password was changed",
    changed_what: "The password of the account {0} at {1} was changed.",
    changed_when: "Time: {0}",
    changed_not_you: "If it was you, there is nothing to do. If it was not you, set a new password now with \"Forgot your password?\" on the sign-in page, and tell the people who run the service.",
    hello: "Hello {0},",
    automatic: "This mail was sent automatically. Please do not reply.",
};

const GERMAN: Words = Words {
    tag: "de",
    right_to_left: false,
    code_subject: "ist Ihr Bestätigungscode für {0}",
    code_heading: "Ihr Bestätigungscode",
    code_why: "Jemand, hoffentlich Sie selbst, möchte bei {0} diese E-Mail-Adresse bestätigen. Geben Sie diesen Code auf der Seite ein, die danach fragt:",
    code_valid: "Er ist {0} Minuten gültig und kann einmal verwendet werden.",
    code_not_you: "Wenn Sie das nicht waren, können Sie diese Nachricht ignorieren: Ohne den Code geschieht nichts. Geben Sie ihn an niemanden weiter, auch nicht an uns.",
    changed_subject: "Ihr Kennwort für {0} wurde geändert",
    changed_heading: "Ihr Kennwort wurde geändert",
    changed_what: "Das Kennwort des Kontos {0} bei {1} wurde geändert.",
    changed_when: "Zeitpunkt: {0}",
    changed_not_you: "Wenn Sie das waren, ist nichts weiter zu tun. Andernfalls legen Sie sofort über „Kennwort vergessen?“ auf der Anmeldeseite ein neues Kennwort fest und benachrichtigen Sie die Betreiber des Dienstes.",
    hello: "Guten Tag {0},",
    automatic: "Diese Nachricht wurde automatisch versendet. Bitte antworten Sie nicht darauf.",
};

const FRENCH: Words = Words {
    tag: "fr",
    right_to_left: false,
    code_subject: "est votre code de vérification {0}",
    code_heading: "Votre code de vérification",
    code_why: "Quelqu’un, sans doute vous, souhaite confirmer cette adresse e-mail auprès de {0}. Saisissez ce code sur la page qui le demande :",
    code_valid: "Il est valable {0} minutes et ne sert qu’une fois.",
    code_not_you: "Si ce n’était pas vous, ignorez ce message : sans le code, rien ne se passe. Ne le communiquez à personne, pas même à nous.",
    changed_subject: "Votre mot de passe {0} a été modifié",
    changed_heading: "Votre mot de passe a été modifié",
    changed_what: "Le mot de passe du compte {0} chez {1} a été modifié.",
    changed_when: "Date : {0}",
    changed_not_you: "Si c’était vous, vous n’avez rien à faire. Sinon, choisissez tout de suite un nouveau mot de passe avec « Mot de passe oublié ? » sur la page de connexion et prévenez les responsables du service.",
    hello: "Bonjour {0},",
    automatic: "Ce message a été envoyé automatiquement. Merci de ne pas y répondre.",
};

const SPANISH: Words = Words {
    tag: "es",
    right_to_left: false,
    code_subject: "es su código de verificación de {0}",
    code_heading: "Su código de verificación",
    code_why: "Alguien, esperamos que usted, ha pedido a {0} que verifique esta dirección de correo. Escriba este código en la página que se lo pide:",
    code_valid: "Es válido durante {0} minutos y sirve una sola vez.",
    code_not_you: "Si no ha sido usted, ignore este mensaje: sin el código no ocurre nada. No lo comparta con nadie, tampoco con nosotros.",
    changed_subject: "Se ha cambiado su contraseña de {0}",
    changed_heading: "Se ha cambiado su contraseña",
    changed_what: "Se ha cambiado la contraseña de la cuenta {0} en {1}.",
    changed_when: "Fecha: {0}",
    changed_not_you: "Si ha sido usted, no tiene que hacer nada. Si no, establezca ahora una contraseña nueva con «¿Olvidó su contraseña?» en la página de inicio de sesión y avise a los responsables del servicio.",
    hello: "Hola, {0}:",
    automatic: "Este mensaje se ha enviado automáticamente. No responda a él.",
};

const ARABIC: Words = Words {
    tag: "ar",
    right_to_left: true,
    code_subject: "هو رمز التحقق الخاص بك في {0}",
    code_heading: "رمز التحقق الخاص بك",
    code_why: "طلب شخص ما، ونأمل أن تكون أنت، من {0} التحقق من عنوان البريد هذا. أدخل الرمز التالي في الصفحة التي تطلبه:",
    code_valid: "الرمز صالح لمدة {0} دقيقة ويُستخدم مرة واحدة.",
    code_not_you: "إذا لم تكن أنت من طلبه فتجاهل هذه الرسالة، فلن يحدث شيء من دون الرمز. لا تعطِ الرمز لأحد، ولا حتى لنا.",
    changed_subject: "تم تغيير كلمة مرورك في {0}",
    changed_heading: "تم تغيير كلمة مرورك",
    changed_what: "تم تغيير كلمة مرور الحساب {0} لدى {1}.",
    changed_when: "الوقت: {0}",
    changed_not_you: "إذا كنت أنت من غيّرها فلا يلزمك شيء. وإلا فعيّن كلمة مرور جديدة الآن من خلال «هل نسيت كلمة المرور؟» في صفحة تسجيل الدخول وأبلغ القائمين على الخدمة.",
    hello: "مرحبًا {0}،",
    automatic: "أُرسلت هذه الرسالة تلقائيًا، يُرجى عدم الرد عليها.",
};
