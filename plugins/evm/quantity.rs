//! Amounts as JSON-RPC has them, `0x2a`, and as people and the host's JSON have them, `42`. Of any size: wei pass 64 bits.

pub fn to_decimal(quantity: &str) -> Option<String> {
    let digits = quantity.strip_prefix("0x").filter(|digits| !digits.is_empty())?;
    convert(digits, 16, 10)
}

pub fn to_quantity(decimal: &str) -> Option<String> {
    if decimal.is_empty() {
        return None;
    }
    Some(format!("0x{}", convert(decimal, 10, 16)?))
}

/// By long multiplication; none for what is no digit, and for what has more than any amount.
fn convert(text: &str, from: u32, to: u32) -> Option<String> {
    if text.len() > 80 {
        return None;
    }
    let mut digits: Vec<u32> = vec![0];
    for c in text.chars() {
        let mut carry = c.to_digit(from)?;
        for digit in digits.iter_mut() {
            let value = *digit * from + carry;
            *digit = value % to;
            carry = value / to;
        }
        while carry > 0 {
            digits.push(carry % to);
            carry /= to;
        }
    }
    digits.iter().rev().map(|digit| std::char::from_digit(*digit, to)).collect()
}
