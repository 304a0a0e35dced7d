//! Addresses: relative to absolute, and a library's address to the folder that holds its `library.json`.

use web_sys::Url;

use crate::error::{Error, Result};

/// Schemes of object stores and the like, which no browser can fetch.
const NOT_FETCHABLE: [&str; 4] = ["oss:", "s3:", "gs:", "ftp:"];
/// Schemes that are fetched; beside them that of the page itself, such as an application's own.
const FETCHED: [&str; 5] = ["http:", "https:", "data:", "blob:", "file:"];
/// Schemes of addresses that a page may show as a link or a picture. Libraries come from other people: `javascript:` and `data:` run what they say.
const SHOWABLE: [&str; 2] = ["http:", "https:"];
/// How much of an address an error message shows.
const SHOWN_CHARACTERS: usize = 80;

/// The absolute form of `url`, which is the value of `parameter`.
///
/// # Errors
/// `InvalidParameter` naming `parameter` for what is no address, or one that no browser fetches.
pub(super) fn resolve(url: &str, base: Option<&str>, parameter: &str) -> Result<String> {
    let parsed = match base {
        Some(base) => Url::new_with_base(url, base),
        None => Url::new(url),
    };
    let parsed = parsed.map_err(|_| Error::invalid(parameter, format!("{:?} is not a URL", shortened(url))))?;
    let scheme = parsed.protocol();
    if NOT_FETCHABLE.contains(&scheme.as_str()) {
        let reason =
            format!("{:?}: a browser cannot fetch {scheme} addresses; photos need the option resolve", shortened(url));
        return Err(Error::invalid(parameter, reason));
    }
    Ok(parsed.href())
}

/// As `resolve`, for an address that the browser is to fetch: one of a scheme that it fetches nothing from is refused.
///
/// # Errors
/// `InvalidParameter` naming `parameter`.
pub(super) fn resolve_fetched(url: &str, base: Option<&str>, parameter: &str) -> Result<String> {
    let scheme_of = |url: &str| Url::new(url).ok().map(|parsed| parsed.protocol());
    let absolute = resolve(url, base, parameter)?;
    let scheme = scheme_of(&absolute).unwrap_or_default();
    if FETCHED.contains(&scheme.as_str()) || base.and_then(scheme_of).is_some_and(|own| own == scheme) {
        return Ok(absolute);
    }
    let url = shortened(url);
    let reason = format!("{url:?}: nothing is fetched from {scheme} addresses; give one of http, https, data or blob");
    Err(Error::invalid(parameter, reason))
}

/// The absolute form of an address that a library holds, if a page may show it: one of the web, or of an object store as it was written.
pub(super) fn showable(url: &str, base: &str) -> Option<String> {
    let parsed = Url::new_with_base(url, base).ok()?;
    let scheme = parsed.protocol();
    if NOT_FETCHABLE.contains(&scheme.as_str()) {
        return Some(url.to_owned());
    }
    SHOWABLE.contains(&scheme.as_str()).then(|| parsed.href())
}

/// As `showable`, for an address that stands in no folder.
pub(super) fn showable_alone(url: &str) -> Option<String> {
    let scheme = Url::new(url).ok()?.protocol();
    (NOT_FETCHABLE.contains(&scheme.as_str()) || SHOWABLE.contains(&scheme.as_str())).then(|| url.to_owned())
}

/// The folder of a library, absolute and with a slash at its end, from `/library`, `/library/` or `/library/library.json`.
///
/// # Errors
/// `InvalidParameter` naming `parameter`.
pub(super) fn library_folder(url: &str, base: Option<&str>, parameter: &str) -> Result<String> {
    let absolute = resolve(url, base, parameter)?;
    let parsed = Url::new(&absolute).map_err(|_| Error::invalid(parameter, "not a URL"))?;
    parsed.set_search("");
    parsed.set_hash("");
    let href = parsed.href();
    let folder = href.strip_suffix("library.json").filter(|rest| rest.ends_with('/')).unwrap_or(&href);
    Ok(format!("{}/", folder.trim_end_matches('/')))
}

/// An address as an error message shows it: `data:` addresses can be megabytes long.
pub(super) fn shortened(url: &str) -> String {
    match url.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}...", url.get(..end).unwrap_or_default()),
        None => url.to_owned(),
    }
}
