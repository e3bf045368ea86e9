//! Numbers as logs write them, read exactly: `1700158546.68059`, `1.7e9`, `374`, `374.0`.

/// This many times `unit`, rounded down to a whole number; nothing where the text is no number,
/// or a larger one than any log has.
pub(crate) fn scaled(text: &str, unit: u64) -> Option<i128> {
    let (digits, exponent) = decimal(text)?;
    let product = digits.checked_mul(i128::from(unit))?;
    let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
    if exponent < 0 { Some(product.div_euclid(power)) } else { product.checked_mul(power) }
}

/// A number of tokens. A table with gaps often carries its whole numbers as `374.0`.
pub(crate) fn tokens(text: &str) -> Option<u32> {
    if let Ok(tokens) = text.parse() {
        return Some(tokens);
    }
    let (digits, exponent) = decimal(text)?;
    let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
    let whole = if exponent >= 0 {
        digits.checked_mul(power)
    } else {
        (digits % power == 0).then_some(digits / power)
    };
    u32::try_from(whole?).ok()
}

/// A decimal number as its digits and a power of ten.
fn decimal(text: &str) -> Option<(i128, i32)> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    if whole.is_empty() || fraction.is_empty() {
        return None;
    }
    // A fraction of noughts says nothing, and would use up the digits that fit.
    let fraction = fraction.trim_end_matches('0');
    let mut digits: i128 = 0;
    for byte in whole.bytes().chain(fraction.bytes()) {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        digits = digits.checked_mul(10)?.checked_add(i128::from(digit))?;
    }
    let exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    Some((if negative { -digits } else { digits }, if digits == 0 { 0 } else { exponent }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        assert_eq!(scaled("1700158546.68059", 1_000_000_000), Some(1_700_158_546_680_590_000));
        assert_eq!(scaled("1.700158546680593e+09", 1_000_000_000), Some(1_700_158_546_680_593_000));
        assert_eq!(scaled("1544712660000000321", 1), Some(1_544_712_660_000_000_321));
        assert_eq!(scaled("2999", 1_000_000), Some(2_999_000_000));
        assert_eq!(scaled("-0.5", 1_000), Some(-500));
        assert_eq!(scaled("0.0000000019", 1_000_000_000), Some(1), "finer than a nanosecond");
        assert_eq!(scaled("-0.0000000001", 1_000_000_000), Some(-1), "always down");
        assert_eq!(scaled("0e-99", 1), Some(0));
        assert_eq!(tokens("374"), Some(374));
        assert_eq!(tokens("374.000"), Some(374));
        assert_eq!(tokens("3.74e2"), Some(374));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "-", ".", "1.", ".5", "1_0", "0x1", "nan", "1e", "1e5e5", " 1", "１"] {
            assert_eq!(scaled(text, 1), None, "{text}");
            assert_eq!(tokens(text), None, "{text}");
        }
        for text in ["1e40", &"9".repeat(60), "1e-200"] {
            assert_eq!(scaled(text, 1_000_000_000), None, "{text} is beyond all logs");
        }
        for text in ["-1", "3.5", "4294967296", "1e99"] {
            assert_eq!(tokens(text), None, "{text} tokens");
        }
    }
}
