//! A crate as its sources declare it: modules, definitions and imports, with names resolved.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Item, Visibility};

use crate::expand::{Macros, shown};

/// The `cfg`s under which something is there.
pub(crate) type Conditions = BTreeSet<String>;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    Def(usize),
    Module(usize),
    /// Something of another crate, by its path.
    Foreign(String),
}

#[derive(Default)]
pub(crate) struct Module {
    pub(crate) parent: usize,
    pub(crate) items: Vec<usize>,
    pub(crate) children: BTreeMap<String, (usize, bool)>,
    pub(crate) uses: Vec<Import>,
    pub(crate) conditions: Conditions,
    pub(crate) hidden: bool,
}

pub(crate) struct Def {
    pub(crate) name: String,
    public: bool,
    pub(crate) item: Item,
    pub(crate) conditions: Conditions,
    pub(crate) hidden: bool,
}

pub(crate) struct Import {
    public: bool,
    pub(crate) path: Vec<String>,
    /// The name that it gets; `None` takes everything.
    pub(crate) name: Option<String>,
    pub(crate) conditions: Conditions,
}

pub(crate) struct Export {
    pub(crate) name: String,
    pub(crate) target: Target,
    pub(crate) conditions: Conditions,
}

/// An `impl` block and the module in which it stands.
pub(crate) struct Block {
    pub(crate) module: usize,
    pub(crate) item: syn::ItemImpl,
    pub(crate) conditions: Conditions,
}

#[derive(Default)]
pub(crate) struct Crate {
    pub(crate) modules: Vec<Module>,
    pub(crate) defs: Vec<Def>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) macros: Macros,
    pub(crate) exported_macros: BTreeMap<String, Conditions>,
}

fn read(file: &Path) -> Result<Vec<Item>, String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    Ok(syn::parse_file(&text)
        .map_err(|e| format!("{}: {e}", file.display()))?
        .items)
}

/// What a module holds, and the folder of its children.
fn content(folder: &Path, item: &syn::ItemMod) -> Result<(Vec<Item>, PathBuf), String> {
    let name = item.ident.to_string();
    if item.attrs.iter().any(|a| a.path().is_ident("path")) {
        return Err(format!("mod {name}: #[path] is not followed"));
    }
    let inner = folder.join(&name);
    if let Some((_, items)) = &item.content {
        return Ok((items.clone(), inner));
    }
    let flat = folder.join(format!("{name}.rs"));
    let file = if flat.is_file() {
        flat
    } else {
        inner.join("mod.rs")
    };
    Ok((read(&file)?, inner))
}

pub(crate) fn public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

pub(crate) fn hidden(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .any(|a| a.path().is_ident("doc") && shown(&a.meta).contains("hidden"))
}

pub(crate) fn exported(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|a| a.path().is_ident("macro_export"))
}

pub(crate) fn conditions(attributes: &[Attribute]) -> Conditions {
    let cfg = attributes.iter().filter(|a| a.path().is_ident("cfg"));
    cfg.filter_map(|a| a.meta.require_list().ok().map(|list| shown(&list.tokens)))
        .collect()
}

pub(crate) fn for_tests(attributes: &[Attribute]) -> bool {
    conditions(attributes).contains("test")
}

pub(crate) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(i) => &i.attrs,
        Item::Enum(i) => &i.attrs,
        Item::ExternCrate(i) => &i.attrs,
        Item::Fn(i) => &i.attrs,
        Item::Impl(i) => &i.attrs,
        Item::Macro(i) => &i.attrs,
        Item::Mod(i) => &i.attrs,
        Item::Static(i) => &i.attrs,
        Item::Struct(i) => &i.attrs,
        Item::Trait(i) => &i.attrs,
        Item::Type(i) => &i.attrs,
        Item::Union(i) => &i.attrs,
        Item::Use(i) => &i.attrs,
        _ => &[],
    }
}

/// What can be called by a name, with its name and visibility.
fn named(item: &Item) -> Option<(String, bool)> {
    let (name, visibility) = match item {
        Item::Const(i) => (&i.ident, &i.vis),
        Item::Enum(i) => (&i.ident, &i.vis),
        Item::Fn(i) => (&i.sig.ident, &i.vis),
        Item::Static(i) => (&i.ident, &i.vis),
        Item::Struct(i) => (&i.ident, &i.vis),
        Item::Trait(i) => (&i.ident, &i.vis),
        Item::Type(i) => (&i.ident, &i.vis),
        Item::Union(i) => (&i.ident, &i.vis),
        _ => return None,
    };
    Some((name.to_string(), public(visibility)))
}

pub(crate) fn many<T: Parse>(stream: ParseStream<'_>) -> syn::Result<Vec<T>> {
    let mut found = Vec::new();
    while !stream.is_empty() {
        found.push(stream.parse()?);
    }
    Ok(found)
}

pub(crate) fn last_segment(path: &syn::Path) -> String {
    path.segments
        .last()
        .map(|s| s.ident.to_string())
        .unwrap_or_default()
}

impl Crate {
    /// Reads the crate whose root file is `root`.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let mut all = Self::default();
        let folder = root.parent().ok_or("no folder")?;
        let items = read(root)?;
        all.define_macros(&items, folder)?;
        all.modules.push(Module::default());
        all.gather(0, items, folder)?;
        Ok(all)
    }

    /// Macros first: a macro may stand in another file than its uses.
    fn define_macros(&mut self, items: &[Item], folder: &Path) -> Result<(), String> {
        for item in items.iter().filter(|item| !for_tests(attributes(item))) {
            match item {
                Item::Macro(m) if m.mac.path.is_ident("macro_rules") => {
                    let name = m
                        .ident
                        .as_ref()
                        .map(ToString::to_string)
                        .unwrap_or_default();
                    self.macros.define(&name, m.mac.tokens.clone())?;
                    if exported(&m.attrs) && !hidden(&m.attrs) {
                        self.exported_macros.insert(name, conditions(&m.attrs));
                    }
                }
                Item::Mod(m) => {
                    let (items, inner) = content(folder, m)?;
                    self.define_macros(&items, &inner)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn gather(&mut self, module: usize, items: Vec<Item>, folder: &Path) -> Result<(), String> {
        for item in items {
            if for_tests(attributes(&item)) {
                continue;
            }
            let mut conditions = conditions(attributes(&item));
            conditions.extend(self.modules[module].conditions.iter().cloned());
            let hidden = hidden(attributes(&item)) || self.modules[module].hidden;
            match item {
                Item::Mod(m) => {
                    let id = self.modules.len();
                    self.modules.push(Module {
                        parent: module,
                        conditions,
                        hidden,
                        ..Module::default()
                    });
                    self.modules[module]
                        .children
                        .insert(m.ident.to_string(), (id, public(&m.vis)));
                    let (items, inner) = content(folder, &m)?;
                    self.gather(id, items, &inner)?;
                }
                Item::Use(u) => {
                    let mut flat = Vec::new();
                    flatten_use(&u.tree, Vec::new(), &mut flat)?;
                    let public = public(&u.vis) && !hidden;
                    let uses = &mut self.modules[module].uses;
                    uses.extend(flat.into_iter().map(|(path, name)| Import {
                        public,
                        path,
                        name,
                        conditions: conditions.clone(),
                    }));
                }
                Item::Impl(item) if !hidden => self.blocks.push(Block {
                    module,
                    item,
                    conditions,
                }),
                Item::Macro(m) if m.mac.path.is_ident("macro_rules") => {}
                Item::Macro(m) => {
                    let name = last_segment(&m.mac.path);
                    // These make no item that a user could name.
                    if matches!(name.as_str(), "thread_local" | "const_assert") {
                        continue;
                    }
                    let tokens = self.macros.expand(&name, m.mac.tokens)?;
                    let items = many::<Item>
                        .parse2(tokens)
                        .map_err(|e| format!("{name}!: {e}"))?;
                    self.gather(module, items, folder)?;
                }
                item => {
                    if let Some((name, public)) = named(&item) {
                        self.modules[module].items.push(self.defs.len());
                        self.defs.push(Def {
                            name,
                            public,
                            item,
                            conditions,
                            hidden,
                        });
                    }
                }
            }
        }
        Ok(())
    }

    /// What `name` stands for within `module`. In the midst of a path only a module or a type leads on, and a module
    /// is meant. `asked` is what is being looked for already: imports may turn in a circle.
    fn find(&self, module: usize, name: &str, midst: bool, asked: &Asked) -> Option<Target> {
        let mut asked = asked.clone();
        if !asked.insert((module, name.to_owned())) {
            return None;
        }
        let m = self.modules.get(module)?;
        let def = m
            .items
            .iter()
            .find(|id| self.defs[**id].name == name)
            .map(|id| Target::Def(*id));
        let child = m.children.get(name).map(|(id, _)| Target::Module(*id));
        let here = if midst { child.or(def) } else { def.or(child) };
        if here.is_some() {
            return here;
        }
        if let Some(import) = m.uses.iter().find(|u| u.name.as_deref() == Some(name)) {
            return Some(self.resolve(module, &import.path, &asked));
        }
        m.uses.iter().filter(|u| u.name.is_none()).find_map(|u| {
            match self.resolve(module, &u.path, &asked) {
                Target::Module(inner) => self.find(inner, name, midst, &asked),
                _ => None,
            }
        })
    }

    pub(crate) fn resolve(&self, module: usize, path: &[String], asked: &Asked) -> Target {
        let foreign = || Target::Foreign(path.join("::"));
        let mut at = Target::Module(module);
        for (i, segment) in path.iter().enumerate() {
            let Target::Module(inside) = at else {
                return foreign();
            };
            at = match segment.as_str() {
                "crate" => Target::Module(0),
                "self" => Target::Module(inside),
                "super" => Target::Module(self.modules[inside].parent),
                name => match self.find(inside, name, i + 1 < path.len(), asked) {
                    Some(target) => target,
                    None => return foreign(),
                },
            };
        }
        at
    }

    pub(crate) fn exports(&self, module: usize, visited: &mut BTreeSet<usize>) -> Vec<Export> {
        if !visited.insert(module) {
            return Vec::new();
        }
        let m = &self.modules[module];
        let mut found = Vec::new();
        for id in &m.items {
            let def = &self.defs[*id];
            if def.public && !def.hidden {
                let conditions = def.conditions.clone();
                found.push(Export {
                    name: def.name.clone(),
                    target: Target::Def(*id),
                    conditions,
                });
            }
        }
        for (name, (id, public)) in &m.children {
            if *public && !self.modules[*id].hidden {
                let conditions = self.modules[*id].conditions.clone();
                found.push(Export {
                    name: name.clone(),
                    target: Target::Module(*id),
                    conditions,
                });
            }
        }
        for import in m.uses.iter().filter(|u| u.public) {
            let target = self.resolve(module, &import.path, &BTreeSet::new());
            match (&import.name, target) {
                (None, Target::Module(inner)) => {
                    found.extend(self.exports(inner, visited).into_iter().map(|mut e| {
                        e.conditions.extend(import.conditions.iter().cloned());
                        e
                    }))
                }
                (None, target) => {
                    let conditions = import.conditions.clone();
                    found.push(Export {
                        name: "*".to_owned(),
                        target,
                        conditions,
                    });
                }
                (Some(name), target) => {
                    let mut conditions = import.conditions.clone();
                    if let Target::Def(id) = target {
                        conditions.extend(self.defs[id].conditions.iter().cloned());
                    }
                    found.push(Export {
                        name: name.clone(),
                        target,
                        conditions,
                    });
                }
            }
        }
        visited.remove(&module);
        found
    }
}

/// Names that are being looked for, each in its module.
pub(crate) type Asked = BTreeSet<(usize, String)>;

type Flat = (Vec<String>, Option<String>);

fn flatten_use(
    tree: &syn::UseTree,
    mut path: Vec<String>,
    out: &mut Vec<Flat>,
) -> Result<(), String> {
    match tree {
        syn::UseTree::Path(p) => {
            path.push(p.ident.to_string());
            flatten_use(&p.tree, path, out)?;
        }
        syn::UseTree::Name(n) if n.ident == "self" => {
            out.push((path.clone(), path.last().cloned()))
        }
        syn::UseTree::Name(n) => {
            path.push(n.ident.to_string());
            out.push((path, Some(n.ident.to_string())));
        }
        syn::UseTree::Rename(r) => {
            if r.ident != "self" {
                path.push(r.ident.to_string());
            }
            out.push((path, Some(r.rename.to_string())));
        }
        syn::UseTree::Glob(_) => out.push((path, None)),
        syn::UseTree::Group(g) => {
            for tree in &g.items {
                flatten_use(tree, path.clone(), out)?;
            }
        }
    }
    Ok(())
}
