//! Reads a page as a browser would find it.

/// A chart as it stands on a page.
#[derive(Debug)]
pub(crate) struct Chart {
    pub(crate) name: String,
    pub(crate) told: usize,
    pub(crate) marks: usize,
    pub(crate) absent: usize,
    /// The cells of each row of its table.
    pub(crate) rows: Vec<Vec<String>>,
    pub(crate) html: String,
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text
        .find(from)
        .unwrap_or_else(|| panic!("no {from} in {text}"))
        + from.len();
    let end = text[start..]
        .find(to)
        .unwrap_or_else(|| panic!("no {to} behind {from}"));
    &text[start..start + end]
}

/// The text of a piece of markup.
pub(crate) fn text(markup: &str) -> String {
    let mut text = String::new();
    let mut within = true;
    for c in markup.chars() {
        match c {
            '<' => within = false,
            '>' => within = true,
            c if within => text.push(c),
            _ => {}
        }
    }
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

pub(crate) fn charts(page: &str) -> Vec<Chart> {
    let figures = page.split("<figure").skip(1);
    let chart = |figure: &str| {
        let html = figure.split("</figure>").next().unwrap();
        let svg = between(html, "<svg", "</svg>");
        let body = between(html, "<tbody>", "</tbody>");
        let row = |row: &str| {
            let cells = row.split("<bdi>").skip(1);
            cells
                .map(|cell| text(cell.split("</bdi>").next().unwrap()))
                .collect()
        };
        Chart {
            name: between(html, "data-chart=\"", "\"").to_owned(),
            told: between(html, "data-rows=\"", "\"").parse().unwrap(),
            marks: svg.matches("class=\"mark ").count(),
            absent: svg.matches("class=\"mark absent\"").count(),
            rows: body.split("<tr>").skip(1).map(row).collect(),
            html: html.to_owned(),
        }
    };
    figures.map(chart).collect()
}

pub(crate) fn chart(page: &str, name: &str) -> Chart {
    let all = charts(page);
    let names: Vec<String> = all.iter().map(|chart| chart.name.clone()).collect();
    let mut found = all.into_iter().filter(|chart| chart.name == name);
    found
        .next()
        .unwrap_or_else(|| panic!("{name} is not among {names:?}"))
}
