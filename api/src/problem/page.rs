//! The page of a problem, as the Markdown it is written in or as HTML for a browser.
//!
//! The pages are our own and use four things of Markdown: titles, paragraphs, lists and code. A
//! dozen lines render those; a Markdown engine would be a dependency for nothing.

/// Renders a page as HTML.
#[must_use]
pub fn html(page: &str) -> String {
    let title = page.lines().next().unwrap_or_default().trim_start_matches("# ");
    let body: String = page.split("\n\n").map(block).collect();
    let title = escape(title);
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
         <body>{body}</body></html>\n"
    )
}

fn block(text: &str) -> String {
    let text = text.trim();
    if let Some(title) = text.strip_prefix("## ") {
        return format!("<h2>{}</h2>", inline(title));
    }
    if let Some(title) = text.strip_prefix("# ") {
        return format!("<h1>{}</h1>", inline(title));
    }
    if text.starts_with("- ") {
        let items = text.split("\n- ").map(|item| item.trim_start_matches("- "));
        let items: String = items.map(|item| format!("<li>{}</li>", inline(item))).collect();
        return format!("<ul>{items}</ul>");
    }
    format!("<p>{}</p>", inline(text))
}

/// Every second part between backticks is code.
fn inline(text: &str) -> String {
    let escaped = escape(text);
    let parts = escaped.split('`').enumerate();
    parts
        .map(
            |(index, part)| {
                if index % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() }
            },
        )
        .collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_rendered_with_its_code_and_without_foreign_markup() {
        let page = "# Too `big`\n\n## Cause\n\nA <b> & `c<d`.\n\n- one\n- two\n";
        assert_eq!(
            html(page).split_once("<body>").unwrap().1.trim(),
            "<h1>Too <code>big</code></h1><h2>Cause</h2><p>A &lt;b&gt; &amp; <code>c&lt;d</code>.\
             </p><ul><li>one</li><li>two</li></ul></body></html>"
        );
    }
}
