//! One-time passwords that the policy sends by itself (technical-profiles 11).

/// Settings of a one-time password profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OneTimePassword {
    /// `GenerateCode`
    Generate(GenerateCode),
    /// `VerifyCode`
    Verify,
}

/// How a code is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerateCode {
    /// CodeExpirationInSeconds, 60–1200.
    pub seconds: u32,
    /// CodeLength, 4–32.
    pub length: u8,
    /// CharacterSet as written.
    pub characters: String,
    /// NumRetryAttempts: wrong tries before the code is dead.
    pub tries: u32,
    /// NumCodeGenerationAttempts: codes per identifier.
    pub codes: u32,
    /// ReuseSameCode.
    pub reuse: bool,
}
