//! Lists what a crate's sources make public, with every re-export followed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::parse::Parser;
use syn::{Attribute, Fields, Generics, Item, Signature};

use crate::expand::shown;
use crate::sources::{
    Block, Conditions, Crate, Target, attributes, conditions, for_tests, hidden, last_segment,
    many, public,
};

/// The public API of the crate `name` whose root file is `root`: one line for each thing, sorted by what it belongs to.
pub(crate) fn public_api(name: &str, root: &Path) -> Result<Vec<String>, String> {
    let all = Crate::read(root)?;
    let listing = Listing {
        all: &all,
        homes: BTreeMap::new(),
        lines: BTreeSet::new(),
        plain: BTreeMap::new(),
        crate_name: name.to_owned(),
    };
    listing.finish()
}

/// The order of what belongs to one thing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Itself,
    Part,
    Method,
    Impl,
}

struct Listing<'a> {
    all: &'a Crate,
    /// Where each definition and module is listed: the shortest of its public paths.
    homes: BTreeMap<Target, (String, Conditions)>,
    lines: BTreeSet<(String, Rank, String)>,
    plain: BTreeMap<(String, Conditions), BTreeSet<String>>,
    crate_name: String,
}

fn when(conditions: &Conditions) -> String {
    let list: Vec<_> = conditions.iter().map(String::as_str).collect();
    if list.is_empty() {
        String::new()
    } else {
        format!(" [{}]", list.join(", "))
    }
}

/// `<T: Bound>` and ` where …`.
fn generics(generics: &Generics) -> (String, String) {
    let list = if generics.params.is_empty() {
        String::new()
    } else {
        format!("<{}>", shown(&generics.params))
    };
    let clause = generics
        .where_clause
        .as_ref()
        .map(|w| format!(" {}", shown(w).trim_end_matches(',')))
        .unwrap_or_default();
    (list, clause)
}

fn signature(signature: &Signature, path: &str) -> String {
    let mut clean = signature.clone();
    // Names of arguments are no part of what a caller writes, but they tell what is meant: they stay. `mut` is not.
    for input in &mut clean.inputs {
        match input {
            syn::FnArg::Typed(typed) => {
                if let syn::Pat::Ident(name) = &mut *typed.pat {
                    name.mutability = None;
                }
            }
            syn::FnArg::Receiver(receiver) => receiver.mutability = None,
        }
    }
    let text = shown(&clean);
    let name = format!("fn {}", signature.ident);
    let text = text
        .trim_end_matches(',')
        .replacen(&name, &format!("fn {path}"), 1);
    text.replace(",)", ")")
}

impl<'a> Listing<'a> {
    fn say(&mut self, of: &str, rank: Rank, line: impl AsRef<str>, conditions: &Conditions) {
        let line = format!("{}{}", line.as_ref(), when(conditions));
        self.lines.insert((of.to_owned(), rank, line));
    }

    /// An implementation that its trait's name says all about: those of one type share a line.
    fn implemented(&mut self, of: &str, name: &str, conditions: &Conditions) {
        let names = self
            .plain
            .entry((of.to_owned(), conditions.clone()))
            .or_default();
        names.insert(name.to_owned());
    }

    fn finish(mut self) -> Result<Vec<String>, String> {
        let root = self.crate_name.clone();
        // The shortest path wins, so homes are found breadth first.
        let mut reached = Vec::new();
        let mut ring = vec![(root.clone(), 0_usize, Conditions::new())];
        let mut entered = BTreeSet::from([0_usize]);
        while !ring.is_empty() {
            let mut next = Vec::new();
            for (path, module, conditions) in ring {
                for mut export in self.all.exports(module, &mut BTreeSet::new()) {
                    let full = format!("{path}::{}", export.name);
                    export.conditions.extend(conditions.iter().cloned());
                    if let Target::Module(id) = export.target
                        && entered.insert(id)
                    {
                        next.push((full.clone(), id, export.conditions.clone()));
                    }
                    let home = || (full.clone(), export.conditions.clone());
                    self.homes.entry(export.target.clone()).or_insert_with(home);
                    reached.push((full, export));
                }
            }
            ring = next;
        }
        for (path, export) in reached {
            let (home, _) = self.homes.get(&export.target).cloned().unwrap_or_default();
            match export.target {
                Target::Foreign(of) => self.say(
                    &path,
                    Rank::Itself,
                    format!("pub use {path} = {of}"),
                    &export.conditions,
                ),
                _ if home != path => self.say(
                    &path,
                    Rank::Itself,
                    format!("pub use {path} = {home}"),
                    &export.conditions,
                ),
                Target::Module(_) => self.say(
                    &path,
                    Rank::Itself,
                    format!("pub mod {path}"),
                    &export.conditions,
                ),
                Target::Def(id) => self.def(id, &path, &export.conditions)?,
            }
        }
        let all = self.all;
        for (name, conditions) in &all.exported_macros {
            let path = format!("{root}::{name}");
            for matcher in all.macros.matchers(name) {
                self.say(
                    &path,
                    Rank::Itself,
                    format!("macro {path}!({})", shown(matcher)),
                    conditions,
                );
            }
        }
        for block in &self.all.blocks {
            self.block(block)?;
        }
        for ((of, conditions), names) in std::mem::take(&mut self.plain) {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            self.say(
                &of,
                Rank::Impl,
                format!("impl {} for {of}", names.join(" + ")),
                &conditions,
            );
        }
        Ok(self.lines.into_iter().map(|(_, _, line)| line).collect())
    }

    fn def(&mut self, id: usize, path: &str, on: &Conditions) -> Result<(), String> {
        let all = self.all;
        let def = &all.defs[id];
        let attributes = attributes(&def.item);
        let open = non_exhaustive(attributes);
        match &def.item {
            Item::Const(i) => self.say(
                path,
                Rank::Itself,
                format!("pub const {path}: {}", shown(&i.ty)),
                on,
            ),
            Item::Static(i) => self.say(
                path,
                Rank::Itself,
                format!("pub static {path}: {}", shown(&i.ty)),
                on,
            ),
            Item::Fn(i) => self.say(
                path,
                Rank::Itself,
                format!("pub {}", signature(&i.sig, path)),
                on,
            ),
            Item::Type(i) => {
                let (list, clause) = generics(&i.generics);
                self.say(
                    path,
                    Rank::Itself,
                    format!("pub type {path}{list} = {}{clause}", shown(&i.ty)),
                    on,
                );
            }
            Item::Struct(i) => {
                let (list, clause) = generics(&i.generics);
                self.say(
                    path,
                    Rank::Itself,
                    format!("{open}pub struct {path}{list}{clause}{}", body(&i.fields)),
                    on,
                );
                for (name, field) in
                    fields(&i.fields).filter(|(_, f)| public(&f.vis) && !hidden(&f.attrs))
                {
                    self.say(
                        path,
                        Rank::Part,
                        format!("pub {path}.{name}: {}", shown(&field.ty)),
                        on,
                    );
                }
            }
            Item::Union(_) => self.say(path, Rank::Itself, format!("{open}pub union {path}"), on),
            Item::Enum(i) => {
                let (list, clause) = generics(&i.generics);
                self.say(
                    path,
                    Rank::Itself,
                    format!("{open}pub enum {path}{list}{clause}"),
                    on,
                );
                for variant in &i.variants {
                    let mut on = on.clone();
                    on.extend(conditions(&variant.attrs));
                    let holds = shown(without_attributes(&variant.fields));
                    let gap = if holds.starts_with('{') { " " } else { "" };
                    let open = non_exhaustive(&variant.attrs);
                    self.say(
                        path,
                        Rank::Part,
                        format!("{open}{path}::{}{gap}{holds}", variant.ident),
                        &on,
                    );
                }
            }
            Item::Trait(i) => {
                let (list, clause) = generics(&i.generics);
                let bounds = bounds(&i.supertraits);
                self.say(
                    path,
                    Rank::Itself,
                    format!("pub trait {path}{list}{bounds}{clause}"),
                    on,
                );
                for item in &i.items {
                    self.trait_item(item, path, on)?;
                }
            }
            _ => {}
        }
        self.derives(attributes, path, on);
        Ok(())
    }

    fn derives(&mut self, attributes: &[Attribute], path: &str, on: &Conditions) {
        let parse = syn::punctuated::Punctuated::<syn::Path, syn::Token![,]>::parse_terminated;
        for attribute in attributes.iter().filter(|a| a.path().is_ident("derive")) {
            let Ok(list) = attribute.parse_args_with(parse) else {
                continue;
            };
            for derived in list {
                let name = last_segment(&derived);
                self.implemented(path, &name, on);
            }
        }
    }

    fn trait_item(
        &mut self,
        item: &syn::TraitItem,
        path: &str,
        on: &Conditions,
    ) -> Result<(), String> {
        match item {
            syn::TraitItem::Fn(f) if !hidden(&f.attrs) => {
                let provided = if f.default.is_some() {
                    " { provided }"
                } else {
                    ""
                };
                let mut on = on.clone();
                on.extend(conditions(&f.attrs));
                self.say(
                    path,
                    Rank::Method,
                    format!(
                        "{}{provided}",
                        signature(&f.sig, &format!("{path}::{}", f.sig.ident))
                    ),
                    &on,
                );
            }
            syn::TraitItem::Type(t) => {
                let bounds = bounds(&t.bounds);
                let provided = t
                    .default
                    .as_ref()
                    .map(|(_, ty)| format!(" = {}", shown(ty)))
                    .unwrap_or_default();
                self.say(
                    path,
                    Rank::Method,
                    format!("type {path}::{}{bounds}{provided}", t.ident),
                    on,
                );
            }
            syn::TraitItem::Const(c) => {
                let provided = if c.default.is_some() {
                    " { provided }"
                } else {
                    ""
                };
                self.say(
                    path,
                    Rank::Method,
                    format!("const {path}::{}: {}{provided}", c.ident, shown(&c.ty)),
                    on,
                );
            }
            syn::TraitItem::Macro(m) => {
                let name = last_segment(&m.mac.path);
                let tokens = self.all.macros.expand(&name, m.mac.tokens.clone())?;
                for item in many::<syn::TraitItem>
                    .parse2(tokens)
                    .map_err(|e| format!("{name}!: {e}"))?
                {
                    self.trait_item(&item, path, on)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The public path of a type or trait, where it has one, and when it is there.
    fn home(&self, module: usize, path: &syn::Path) -> Option<&(String, Conditions)> {
        let names: Vec<_> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        match self.all.resolve(module, &names, &BTreeSet::new()) {
            target @ Target::Def(_) => self.homes.get(&target),
            _ => None,
        }
    }

    fn block(&mut self, block: &Block) -> Result<(), String> {
        let item = &block.item;
        let (list, clause) = generics(&item.generics);
        let mut on = block.conditions.clone();
        let mut own = None;
        if let syn::Type::Path(p) = &*item.self_ty
            && p.qself.is_none()
            && let Some((home, conditions)) = self.home(block.module, &p.path)
        {
            on.extend(conditions.iter().cloned());
            own = Some((
                home.clone(),
                p.path
                    .segments
                    .last()
                    .map(|s| shown(&s.arguments))
                    .unwrap_or_default(),
            ));
        }
        let Some((path, _)) = &item.trait_ else {
            let Some((home, arguments)) = own else {
                return Ok(());
            };
            let plain = list.is_empty() && arguments.is_empty();
            let head = if plain {
                String::new()
            } else {
                format!("impl{list} {home}{arguments}{clause} ")
            };
            return item
                .items
                .iter()
                .try_for_each(|item| self.own_item(item, &home, &head, &on));
        };
        let (subject, of) = match (own, self.home(block.module, path)) {
            (Some((home, arguments)), _) => (format!("{home}{arguments}"), home),
            // The trait is ours: its implementations for the types of others are ours to list. A private type of ours
            // would stand here too, and harms nobody.
            (None, Some((home, conditions))) => {
                on.extend(conditions.iter().cloned());
                (shown(&item.self_ty), home.clone())
            }
            (None, None) => return Ok(()),
        };
        let name = path.segments.last().map(shown).unwrap_or_default();
        // `impl<'de> Deserialize<'de>` says no more than a derived one.
        let short = name.strip_suffix("<'de>").filter(|_| list == "<'de>");
        let plain =
            clause.is_empty() && (short.is_some() || list.is_empty() && !name.contains('<'));
        if plain && subject == of {
            self.implemented(&of, short.unwrap_or(&name), &on);
        } else {
            self.say(
                &of,
                Rank::Impl,
                format!("impl{list} {name} for {subject}{clause}"),
                &on,
            );
        }
        for item in &item.items {
            if let syn::ImplItem::Type(t) = item {
                self.say(
                    &of,
                    Rank::Impl,
                    format!("type <{subject} as {name}>::{} = {}", t.ident, shown(&t.ty)),
                    &on,
                );
            }
        }
        Ok(())
    }

    fn own_item(
        &mut self,
        item: &syn::ImplItem,
        home: &str,
        head: &str,
        on: &Conditions,
    ) -> Result<(), String> {
        match item {
            syn::ImplItem::Fn(f) if public(&f.vis) && !hidden(&f.attrs) && !for_tests(&f.attrs) => {
                let mut on = on.clone();
                on.extend(conditions(&f.attrs));
                self.say(
                    home,
                    Rank::Method,
                    format!(
                        "{head}pub {}",
                        signature(&f.sig, &format!("{home}::{}", f.sig.ident))
                    ),
                    &on,
                );
            }
            syn::ImplItem::Const(c) if public(&c.vis) && !hidden(&c.attrs) => {
                self.say(
                    home,
                    Rank::Method,
                    format!("{head}pub const {home}::{}: {}", c.ident, shown(&c.ty)),
                    on,
                );
            }
            syn::ImplItem::Macro(m) => {
                let name = last_segment(&m.mac.path);
                let tokens = self.all.macros.expand(&name, m.mac.tokens.clone())?;
                for item in many::<syn::ImplItem>
                    .parse2(tokens)
                    .map_err(|e| format!("{name}!: {e}"))?
                {
                    self.own_item(&item, home, head, on)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn fields(fields: &Fields) -> impl Iterator<Item = (String, &syn::Field)> {
    fields.iter().enumerate().map(|(i, field)| {
        (
            field
                .ident
                .as_ref()
                .map_or_else(|| i.to_string(), ToString::to_string),
            field,
        )
    })
}

fn bounds(list: &syn::punctuated::Punctuated<syn::TypeParamBound, syn::Token![+]>) -> String {
    if list.is_empty() {
        String::new()
    } else {
        format!(": {}", shown(list))
    }
}

fn non_exhaustive(attributes: &[Attribute]) -> &'static str {
    if attributes
        .iter()
        .any(|a| a.path().is_ident("non_exhaustive"))
    {
        "#[non_exhaustive] "
    } else {
        ""
    }
}

/// Whether others can build it and take it apart.
fn body(of: &Fields) -> &'static str {
    match of {
        Fields::Unit => ";",
        _ if of.iter().all(|f| public(&f.vis)) => "",
        _ => " { private fields }",
    }
}

fn without_attributes(fields: &Fields) -> Fields {
    let mut clean = fields.clone();
    clean.iter_mut().for_each(|f| f.attrs.clear());
    clean
}
