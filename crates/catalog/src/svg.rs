//! Logos as SVG, drawn anew from what is known to be harmless: shapes, text, gradients.

use std::fmt::Write as _;

use roxmltree::{Attribute, Document, Node, NodeType};

const SVG: &str = "http://www.w3.org/2000/svg";
const XLINK: &str = "http://www.w3.org/1999/xlink";

/// Elements that draw, and those that hold them.
const DRAWN: [&str; 27] = [
    "svg",
    "g",
    "defs",
    "symbol",
    "use",
    "switch",
    "title",
    "desc",
    "style",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "text",
    "tspan",
    "textPath",
    "linearGradient",
    "radialGradient",
    "stop",
    "pattern",
    "clipPath",
    "mask",
    "marker",
    "view",
];
/// What drawing programs keep for themselves.
const LEFT_OUT: [&str; 1] = ["metadata"];

/// Longest markup, in bytes: it stands in the set-up itself, with which it is read and sent.
pub const MAX_BYTES: usize = 32 * 1024;
/// Most levels of elements within each other. Drawing programs need some ten; what is nested without
/// end would take all of the stack.
pub const MAX_LEVELS: usize = 64;

/// Why markup is no logo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// More than [`MAX_BYTES`].
    #[error("expected at most 32 KiB of SVG markup; upload larger ones as PNG")]
    Long,
    /// Elements nested deeper than [`MAX_LEVELS`].
    #[error("expected SVG markup with at most 64 levels of elements within each other")]
    Deep,
    /// No SVG, or with what a picture does not need: scripts, event attributes, references to
    /// elsewhere, other elements.
    #[error("expected SVG markup without scripts, event attributes and references to elsewhere")]
    Foreign,
}

impl Unfit {
    /// The same in German.
    #[must_use]
    pub fn german(self) -> &'static str {
        match self {
            Self::Long => {
                "erwartet werden höchstens 32 KB; laden Sie ein größeres Bild als PNG hoch"
            }
            Self::Deep => {
                "erwartet wird SVG, in dem höchstens 64 Elemente ineinander stehen; laden Sie das Bild als PNG hoch"
            }
            Self::Foreign => {
                "erwartet wird SVG ohne Skripte, ohne Ereignis-Attribute und ohne Verweise nach außen"
            }
        }
    }
}

/// The picture anew, without what drawing programs keep for themselves.
///
/// # Errors
/// [`Unfit`]; what is too long is not read at all.
pub fn redrawn(svg: &str) -> Result<String, Unfit> {
    if svg.len() > MAX_BYTES {
        return Err(Unfit::Long);
    }
    // Neither document types nor entities are read.
    let document = Document::parse(svg).map_err(|_| Unfit::Foreign)?;
    let root = document.root_element();
    if root.tag_name().namespace() != Some(SVG) || root.tag_name().name() != "svg" {
        return Err(Unfit::Foreign);
    }
    let mut drawn = String::with_capacity(svg.len());
    element(&mut drawn, root, 1)?;
    Ok(drawn)
}

/// Draws the element at a level, the root's being 1.
fn element(drawn: &mut String, node: Node<'_, '_>, level: usize) -> Result<(), Unfit> {
    let name = node.tag_name().name();
    if node.tag_name().namespace() != Some(SVG) || LEFT_OUT.contains(&name) {
        return Ok(());
    }
    if level > MAX_LEVELS {
        return Err(Unfit::Deep);
    }
    if !DRAWN.contains(&name) {
        return Err(Unfit::Foreign);
    }
    let _ = write!(drawn, "<{name}");
    if node.parent_element().is_none() {
        let _ = write!(drawn, " xmlns=\"{SVG}\"");
    }
    for own in node.attributes() {
        attribute(drawn, &own).ok_or(Unfit::Foreign)?;
    }
    drawn.push('>');
    for child in node.children() {
        match child.node_type() {
            NodeType::Element => element(drawn, child, level + 1)?,
            NodeType::Text => {
                text(drawn, name, child.text().unwrap_or_default()).ok_or(Unfit::Foreign)?;
            }
            NodeType::Root | NodeType::PI | NodeType::Comment => {}
        }
    }
    let _ = write!(drawn, "</{name}>");
    Ok(())
}

fn attribute(drawn: &mut String, own: &Attribute<'_, '_>) -> Option<()> {
    let (name, value) = (own.name(), own.value());
    let is_reference = name == "href";
    match own.namespace() {
        None => {}
        Some(XLINK) if is_reference => {}
        Some(_) => return Some(()),
    }
    let is_harmless = match is_reference {
        true => value.starts_with('#'),
        false => !name.to_ascii_lowercase().starts_with("on") && stays_inside(value),
    };
    is_harmless.then_some(())?;
    write!(drawn, " {name}=\"").ok()?;
    escape(drawn, value);
    drawn.push('"');
    Some(())
}

fn text(drawn: &mut String, of: &str, text: &str) -> Option<()> {
    (of != "style" || stays_inside(text)).then_some(())?;
    escape(drawn, text);
    Some(())
}

/// Whether a value, or a style, names nothing elsewhere.
fn stays_inside(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    // A backslash would write the same in another way.
    let inside = |rest: &str| rest.trim_start_matches([' ', '"', '\'']).starts_with('#');
    !lower.contains('\\')
        && !lower.contains("@import")
        && !lower.contains("javascript:")
        && lower.split("url(").skip(1).all(inside)
}

fn escape(drawn: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => drawn.push_str("&amp;"),
            '<' => drawn.push_str("&lt;"),
            '>' => drawn.push_str("&gt;"),
            '"' => drawn.push_str("&quot;"),
            other => drawn.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(inner: &str) -> String {
        format!("<svg xmlns=\"{SVG}\" viewBox=\"0 0 9 9\">{inner}</svg>")
    }

    #[test]
    fn a_harmless_picture_is_drawn_anew_as_it_was() {
        for inner in [
            "<path d=\"M1 1h7v7z\" fill=\"#5b2a86\"></path>",
            "<text x=\"2\">A &amp; B</text>",
            "<defs><linearGradient id=\"a\"><stop offset=\"0\"></stop></linearGradient></defs>\
             <rect fill=\"url(#a)\"></rect><use href=\"#b\"></use>",
            "<style>.a{fill:#fff}</style>",
        ] {
            assert_eq!(redrawn(&around(inner)), Ok(around(inner)));
        }
    }

    #[test]
    fn what_drawing_programs_keep_for_themselves_is_left_out() {
        let own = "<!-- drawn --><metadata><x/></metadata>\
                   <i:view xmlns:i=\"http://example.org\" i:zoom=\"1\"/><g/>";
        assert_eq!(redrawn(&around(own)), Ok(around("<g></g>")));
        let xlink = format!("<use xmlns:x=\"{XLINK}\" x:href=\"#b\" x:type=\"simple\"/>");
        assert_eq!(redrawn(&around(&xlink)), Ok(around("<use href=\"#b\"></use>")));
    }

    #[test]
    fn scripts_handlers_and_references_to_elsewhere_are_refused() {
        for inner in [
            "<script>alert(1)</script>",
            "<x:script xmlns:x=\"http://www.w3.org/2000/svg\">alert(1)</x:script>",
            "<g onload=\"alert(1)\"/>",
            "<g ONLOAD=\"alert(1)\"/>",
            "<foreignObject/>",
            "<image href=\"https://example.org/a.png\"/>",
            "<use href=\"https://example.org/a.svg#b\"/>",
            "<a href=\"javascript:alert(1)\"><g/></a>",
            "<animate attributeName=\"href\" to=\"javascript:alert(1)\"/>",
            "<rect fill=\"url(https://example.org/a)\"/>",
            "<style>@import 'https://example.org/a.css'</style>",
            "<style>a{background:u\\72l(https://example.org)}</style>",
            "<g",
        ] {
            assert_eq!(redrawn(&around(inner)), Err(Unfit::Foreign), "{inner}");
        }
        for whole in [
            "",
            "<html xmlns=\"http://www.w3.org/1999/xhtml\"/>",
            "<svg/>",
            "<svg id=\"a\"onload=\"alert(1)\" xmlns=\"http://www.w3.org/2000/svg\"/>",
            "<!DOCTYPE svg [<!ENTITY a \"b\">]><svg xmlns=\"http://www.w3.org/2000/svg\">&a;</svg>",
        ] {
            assert_eq!(redrawn(whole), Err(Unfit::Foreign), "{whole}");
        }
    }
    /// Groups within each other, so many levels of them.
    fn nested(levels: usize) -> String {
        around(&format!("{}{}", "<g>".repeat(levels), "</g>".repeat(levels)))
    }

    #[test]
    fn what_is_nested_too_deep_or_too_long_is_refused_and_ends_nothing() {
        // The root is a level, too.
        assert_eq!(redrawn(&nested(MAX_LEVELS - 1)), Ok(nested(MAX_LEVELS - 1)));
        assert_eq!(redrawn(&nested(MAX_LEVELS)), Err(Unfit::Deep));
        // As deep as the length allows.
        let deepest = nested(4_600);
        assert!(deepest.len() <= MAX_BYTES);
        assert_eq!(redrawn(&deepest), Err(Unfit::Deep));
        // A document that ends before its elements do.
        assert_eq!(redrawn(&deepest[..deepest.len() / 2]), Err(Unfit::Foreign));
        assert_eq!(redrawn(&nested(100_000)), Err(Unfit::Long));
        // Nor are elements that are left out followed down.
        let own = format!("{}{}", "<x xmlns=\"a\">".repeat(1_400), "</x>".repeat(1_400));
        assert_eq!(redrawn(&around(&own)), Ok(around("")));
    }
}
