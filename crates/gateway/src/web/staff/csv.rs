//! Files for spreadsheets: semicolons between the fields, as German ones expect them, quotes as in
//! RFC 4180, and nothing in them that a spreadsheet would compute.

use std::borrow::Cow;

/// A line of a file, with its end.
pub(super) fn row<F: AsRef<str>>(fields: impl IntoIterator<Item = F>) -> String {
    let fields: Vec<String> = fields.into_iter().map(|own| field(own.as_ref())).collect();
    fields.join(";") + "\r\n"
}

fn field(text: &str) -> String {
    let text = as_text(text);
    if text.contains([';', ',', '"', '\'', '\r', '\n']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.into_owned()
}

/// Spreadsheets take a field that begins like this for a formula, which may send what stands beside it
/// elsewhere; behind an apostrophe it stays what it is (OWASP, CSV injection).
fn as_text(text: &str) -> Cow<'_, str> {
    const FORMULAS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if text.starts_with(FORMULAS) { format!("'{text}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_field_is_quoted() {
        let fields = ["Stadt Altena", "a;b", "die \"Perle\"", "1,5", "zwei\r\nZeilen", ""];
        let expected = "Stadt Altena;\"a;b\";\"die \"\"Perle\"\"\";\"1,5\";\"zwei\r\nZeilen\";\r\n";
        assert_eq!(row(fields), expected);
        assert_eq!(row(["1".to_owned(), "23".to_owned()]), "1;23\r\n");
    }

    #[test]
    fn nothing_is_a_formula() {
        for formula in ["=1+1", "+49 5481 330", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"] {
            let quoted = format!("\"'{formula}\"\r\n");
            assert_eq!(row([formula]), quoted);
        }
        assert_eq!(row(["a=1", "2-1"]), "a=1;2-1\r\n");
    }
}
