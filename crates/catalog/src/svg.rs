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

/// The picture anew, without what drawing programs keep for themselves; none where it is no SVG or holds
/// what a picture does not need: scripts, event attributes, references to elsewhere, other elements.
#[must_use]
pub fn redrawn(svg: &str) -> Option<String> {
    // Neither document types nor entities are read.
    let document = Document::parse(svg).ok()?;
    let root = document.root_element();
    if root.tag_name().namespace() != Some(SVG) || root.tag_name().name() != "svg" {
        return None;
    }
    let mut drawn = String::with_capacity(svg.len());
    element(&mut drawn, root)?;
    Some(drawn)
}

fn element(drawn: &mut String, node: Node<'_, '_>) -> Option<()> {
    let name = node.tag_name().name();
    if node.tag_name().namespace() != Some(SVG) || LEFT_OUT.contains(&name) {
        return Some(());
    }
    DRAWN.contains(&name).then_some(())?;
    write!(drawn, "<{name}").ok()?;
    if node.parent_element().is_none() {
        write!(drawn, " xmlns=\"{SVG}\"").ok()?;
    }
    for own in node.attributes() {
        attribute(drawn, &own)?;
    }
    drawn.push('>');
    for child in node.children() {
        match child.node_type() {
            NodeType::Element => element(drawn, child)?,
            NodeType::Text => text(drawn, name, child.text().unwrap_or_default())?,
            NodeType::Root | NodeType::PI | NodeType::Comment => {}
        }
    }
    write!(drawn, "</{name}>").ok()
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
            assert_eq!(redrawn(&around(inner)).as_deref(), Some(around(inner).as_str()));
        }
    }

    #[test]
    fn what_drawing_programs_keep_for_themselves_is_left_out() {
        let own = "<!-- drawn --><metadata><x/></metadata>\
                   <i:view xmlns:i=\"http://example.org\" i:zoom=\"1\"/><g/>";
        assert_eq!(redrawn(&around(own)), Some(around("<g></g>")));
        let xlink = format!("<use xmlns:x=\"{XLINK}\" x:href=\"#b\" x:type=\"simple\"/>");
        assert_eq!(redrawn(&around(&xlink)), Some(around("<use href=\"#b\"></use>")));
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
            assert_eq!(redrawn(&around(inner)), None, "{inner}");
        }
        for whole in [
            "",
            "<html xmlns=\"http://www.w3.org/1999/xhtml\"/>",
            "<svg/>",
            "<svg id=\"a\"onload=\"alert(1)\" xmlns=\"http://www.w3.org/2000/svg\"/>",
            "<!DOCTYPE svg [<!ENTITY a \"b\">]><svg xmlns=\"http://www.w3.org/2000/svg\">&a;</svg>",
        ] {
            assert_eq!(redrawn(whole), None, "{whole}");
        }
    }
}
