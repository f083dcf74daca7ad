//! Which parts of the program a file names.

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::Visit;

use super::source::Source;

/// The parts right under `src/` that the file names, its own left out, each with the line.
pub(super) fn parts_used(source: &Source) -> Vec<(String, usize)> {
    let own = source.part();
    let root = source.depth();
    let mut used: Vec<(String, usize)> = paths_of(source)
        .into_iter()
        .filter_map(|(path, line)| from_crate(&path, root).map(|part| (part, line)))
        .filter(|(part, _)| *part != own && part.chars().next().is_some_and(char::is_lowercase))
        .collect();
    used.sort();
    used.dedup();
    used
}

/// The lines on which the file names this other crate, in paths, attributes and macros.
pub(super) fn lines_naming(source: &Source, other: &str) -> Vec<usize> {
    let paths = paths_of(source).into_iter();
    let mut lines: Vec<usize> = paths.filter(|(path, _)| path[0] == other).map(|(_, line)| line).collect();
    lines.dedup();
    lines
}

/// What follows `crate::`, or the `super::` that lead out of the file's own part.
fn from_crate(path: &[String], depth: usize) -> Option<String> {
    let supers = path.iter().take_while(|segment| *segment == "super").count();
    match path.first().map(String::as_str) {
        Some("crate" | "estampille") => path.get(1).cloned(),
        Some("super") if supers >= depth => path.get(supers).cloned(),
        _ => None,
    }
}

fn paths_of(source: &Source) -> Vec<(Vec<String>, usize)> {
    let mut paths = Paths(Vec::new());
    paths.visit_file(&source.file);
    paths.0
}

struct Paths(Vec<(Vec<String>, usize)>);

impl Paths {
    fn add_use(&mut self, tree: &syn::UseTree, before: &[String]) {
        let line = tree.span().start().line;
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.add_use(&path.tree, &with(&path.ident)),
            syn::UseTree::Name(name) => self.0.push((with(&name.ident), line)),
            syn::UseTree::Rename(name) => self.0.push((with(&name.ident), line)),
            syn::UseTree::Glob(_) => self.0.push((before.to_vec(), line)),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_use(tree, before)),
        }
    }

    /// The paths inside a macro or an attribute, where syn sees only words and signs.
    fn add_tokens(&mut self, tokens: &TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let (mut line, mut colons) = (0, 0);
        for token in tokens.clone() {
            match token {
                TokenTree::Punct(sign) if sign.as_char() == ':' => colons += 1,
                TokenTree::Ident(word) => {
                    if colons != 2 && !path.is_empty() {
                        self.0.push((std::mem::take(&mut path), line));
                    }
                    (line, colons) = (word.span().start().line, 0);
                    path.push(word.to_string());
                }
                other => {
                    if !path.is_empty() {
                        self.0.push((std::mem::take(&mut path), line));
                    }
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.add_tokens(&group.stream());
                    }
                }
            }
        }
        if !path.is_empty() {
            self.0.push((path, line));
        }
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add_use(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.0.push((segments, path.span().start().line));
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.add_tokens(&item.tokens);
        syn::visit::visit_macro(self, item);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.add_tokens(&list.tokens);
        }
        syn::visit::visit_attribute(self, attribute);
    }
}
