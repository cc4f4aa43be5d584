//! What the URLs of a log look like when none of them is a tracking URL: the shape that most often comes near.

use std::collections::HashMap;

use super::url::Url;

/// Shapes that are counted, at most: a log of a busy site has many.
const MAX_SHAPES: usize = 10_000;

/// Counts the shapes of URLs that could be tracking URLs under another template.
#[derive(Debug, Default)]
pub struct NearMisses {
    shapes: HashMap<String, u64>,
}

impl NearMisses {
    /// Takes one request's URL that no template fits.
    pub fn add(&mut self, url: &Url<'_>) {
        if let Some(shape) = shape(url)
            && (self.shapes.len() < MAX_SHAPES || self.shapes.contains_key(&shape))
        {
            *self.shapes.entry(shape).or_default() += 1;
        }
    }

    /// The most frequent shape and how often it was seen.
    pub fn most_frequent(&self) -> Option<(&str, u64)> {
        let by_count_then_name = |a: &(&String, &u64), b: &(&String, &u64)| a.1.cmp(b.1).then(b.0.cmp(a.0));
        self.shapes.iter().max_by(by_count_then_name).map(|(shape, n)| (shape.as_str(), *n))
    }
}

/// The URL with `…` for each part that looks like an id, when it looks like a tracking URL at all: an image or a
/// script with an id in its path or query, or a path of ids.
fn shape(url: &Url<'_>) -> Option<String> {
    let path = String::from_utf8_lossy(&url.path).into_owned();
    let mut ids = 0;
    let mut segments = Vec::new();
    for (i, segment) in path.split('/').skip(1).enumerate() {
        let (name, suffix) = segment.rsplit_once('.').map_or((segment, None), |(name, suffix)| (name, Some(suffix)));
        if i > 0 && looks_like_id(name) {
            ids += 1;
            segments.push(suffix.map_or("…".to_owned(), |suffix| format!("….{suffix}")));
        } else {
            segments.push(segment.to_owned());
        }
    }
    let keys: Vec<String> = url
        .query
        .parameters()
        .filter(|(key, value)| !key.is_empty() && looks_like_id(&String::from_utf8_lossy(value)))
        .map(|(key, _)| format!("{}=…", String::from_utf8_lossy(key)))
        .take(4)
        .collect();
    if ids + keys.len() == 0 {
        return None;
    }
    let query = if keys.is_empty() { String::new() } else { format!("?{}", keys.join("&")) };
    Some(format!("/{}{query}", segments.join("/")))
}

/// Ids have digits in them or are long; words of a site's own paths are short and have none.
fn looks_like_id(text: &str) -> bool {
    text.len() >= 16 || text.bytes().any(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_most_frequent_shape() {
        let mut misses = NearMisses::default();
        for url in ["/", "/about", "/pixel/41/a9.png?x=y", "/pixel/42/b7.png", "/open.php?u=17&c=3", "/style.css"] {
            misses.add(&Url::parse(url.as_bytes()).expect("a URL"));
        }
        assert_eq!(misses.most_frequent(), Some(("/pixel/…/….png", 2)));
        assert_eq!(NearMisses::default().most_frequent(), None);
    }
}
