//! The program's own source, parsed.

use std::path::{Path, PathBuf};

use syn::spanned::Spanned;
use syn::visit::Visit;

/// One file under `src/`, without what is compiled for tests only.
pub(super) struct Source {
    /// Its path from the project's folder, such as `src/lists/store.rs`.
    pub(super) path: String,
    /// What it declares.
    pub(super) file: syn::File,
    lines: usize,
}

/// Every file under `src/` that is not a test.
pub(super) fn all_sources() -> Vec<Source> {
    let mut paths = Vec::new();
    collect(&project().join("src"), &mut paths);
    paths.sort();
    let sources: Vec<Source> = paths.iter().map(|path| Source::read(path)).collect();
    assert!(sources.len() > 20, "the sources are looked for in the wrong place");
    sources
}

/// The project's folder.
pub(super) fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, paths);
        } else if name.ends_with(".rs") && name != "tests.rs" && !name.ends_with("_tests.rs") {
            paths.push(path);
        }
    }
}

impl Source {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        Self::parse(&path.strip_prefix(project()).unwrap().to_string_lossy(), &text)
    }

    /// Reads `text` as the file at `path`, and leaves the tests out.
    pub(super) fn parse(path: &str, text: &str) -> Self {
        let mut file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut lines = text.lines().count();
        file.items.retain(|item| {
            let is_test = attributes_of(item).iter().any(is_test_only);
            if is_test {
                let span = item.span();
                lines -= span.end().line - span.start().line + 1;
            }
            !is_test
        });
        Self { path: path.to_owned(), file, lines }
    }

    /// The folder or file right under `src/` to which it belongs.
    pub(super) fn part(&self) -> String {
        self.path.split('/').nth(1).unwrap().trim_end_matches(".rs").to_owned()
    }

    /// How deep its module lies: 1 for `src/lists/mod.rs`, 2 for `src/lists/store.rs`.
    pub(super) fn depth(&self) -> usize {
        let segments = self.path.split('/').count() - 1;
        if self.path.ends_with("/mod.rs") { segments - 1 } else { segments }
    }

    pub(super) fn lines_without_tests(&self) -> usize {
        self.lines
    }

    /// Name, first line and length of every function.
    pub(super) fn functions(&self) -> Vec<(String, usize, usize)> {
        let mut functions = Functions(Vec::new());
        functions.visit_file(&self.file);
        functions.0
    }

    /// The names of its types.
    pub(super) fn type_names(&self) -> Vec<String> {
        let name = |item: &syn::Item| match item {
            syn::Item::Struct(item) => Some(item.ident.to_string()),
            syn::Item::Enum(item) => Some(item.ident.to_string()),
            syn::Item::Trait(item) => Some(item.ident.to_string()),
            syn::Item::Type(item) => Some(item.ident.to_string()),
            _ => None,
        };
        self.file.items.iter().filter_map(name).collect()
    }
}

struct Functions(Vec<(String, usize, usize)>);

impl Functions {
    fn add(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let (start, end) = (signature.span().start().line, block.span().end().line);
        self.0.push((signature.ident.to_string(), start, end - start + 1));
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.add(&function.sig, &function.block);
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.add(&function.sig, &function.block);
        syn::visit::visit_impl_item_fn(self, function);
    }
}

fn is_test_only(attribute: &syn::Attribute) -> bool {
    match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string().starts_with("test"),
        _ => false,
    }
}

fn attributes_of(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        _ => &[],
    }
}
