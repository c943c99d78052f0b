//! Users, communities, their members and bans.

use serde_json::{Value, json};

use super::access::{Kind, bit};
use super::faults::Rule;
use super::routes::Call;
use super::state::{Ban, Group, World};
use super::wire::{Answer, Refusal, number};

/// The most users that one call of `groups.isMember` asks for.
const MOST_ASKED: usize = 500;

impl World {
    pub(super) fn app_permissions(&self, call: &Call<'_>) -> Value {
        let mask: i64 = call.access.scopes.iter().map(|name| bit(name)).sum();
        json!(mask)
    }

    pub(super) fn token_permissions(&self, call: &Call<'_>) -> Value {
        let rights = &call.access.scopes;
        let mask: i64 = rights.iter().map(|name| bit(name)).sum();
        let permissions: Vec<Value> = rights
            .iter()
            .map(|name| json!({ "name": name, "setting": bit(name) }))
            .collect();
        json!({ "mask": mask, "permissions": permissions })
    }

    pub(super) fn users_get(&self, call: &Call<'_>) -> Answer {
        let fields = call.p.list("fields");
        let mut asked = call.p.list("user_ids");
        let own = call.kind().user().map(|id| id.to_string());
        if asked.is_empty() {
            asked.extend(own.as_deref());
        }
        if asked.len() > 1000 {
            return Err(Refusal::param("user_ids is invalid"));
        }
        let told: Vec<Value> = asked
            .iter()
            .filter_map(|name| match number(name) {
                Some(id) => self.users.get(&id),
                None => self.users.get(&self.resolve(name)?),
            })
            .map(|user| self.user_view(user, &fields))
            .collect();
        Ok(json!(told))
    }

    pub(super) fn resolve_name(&self, call: &Call<'_>) -> Answer {
        let name = call.p.text("screen_name").unwrap_or_default();
        // Nothing found is an empty list, as VK answers it.
        Ok(match self.resolve(name) {
            Some(id) if id < 0 => json!({ "object_id": -id, "group_id": -id, "type": "group" }),
            Some(id) => json!({ "object_id": id, "type": "user" }),
            None => json!([]),
        })
    }

    pub(super) fn short_link(&mut self, call: &Call<'_>) -> Answer {
        let url = call.p.text("url").unwrap_or_default().to_owned();
        let key = self.secret("short").chars().take(6).collect::<String>();
        Ok(json!({
            "access_key": self.secret("access"),
            "key": key,
            "short_url": format!("https://vk.cc/{key}"),
            "url": url,
        }))
    }

    /// The community of a text that holds its number or its short name.
    fn named_group(&self, text: &str) -> Option<&Group> {
        match number(text) {
            Some(id) => self.group(id),
            None => self.group(-self.resolve(text).filter(|id| *id < 0)?),
        }
    }

    pub(super) fn groups_by_id(&self, call: &Call<'_>) -> Answer {
        let fields = call.p.list("fields");
        let mut asked = call.p.list("group_ids");
        asked.extend(call.p.text("group_id"));
        let own = match call.kind() {
            Kind::Community(id) => Some(id.to_string()),
            _ => None,
        };
        if asked.is_empty() {
            asked.extend(own.as_deref());
        }
        if asked.is_empty() {
            return Err(Refusal::param("group_ids is undefined"));
        }
        if asked.iter().any(|text| text.starts_with('-')) && self.keeps(Rule::GroupIdsArePositive) {
            return Err(Refusal::param("group_ids is invalid"));
        }
        let groups: Vec<Value> = asked
            .iter()
            .filter_map(|text| self.named_group(text))
            .map(|group| self.group_view(group, &fields, call.kind()))
            .collect();
        Ok(json!({ "groups": groups, "profiles": [] }))
    }

    fn asked_group(&self, call: &Call<'_>) -> Result<&Group, Refusal> {
        let text = call.p.text("group_id").unwrap_or_default();
        let own = match call.kind() {
            Kind::Community(id) if text.is_empty() => self.group(id),
            _ => None,
        };
        if let Some(group) = own {
            return Ok(group);
        }
        if number(text).is_some_and(|id| id < 0) == self.keeps(Rule::GroupIdsArePositive) {
            return Err(Refusal::param("group_id should be positive"));
        }
        self.named_group(text.trim_start_matches('-'))
            .ok_or_else(|| Refusal::new(125, "Invalid group id"))
    }

    pub(super) fn members(&self, call: &Call<'_>) -> Answer {
        let group = self.asked_group(call)?;
        let (offset, count) = call.p.page(1000, 1000);
        let managers = call.p.text("filter") == Some("managers");
        if managers
            && !call
                .kind()
                .user()
                .is_some_and(|user| group.admins.contains(&user))
            && call.kind() != Kind::Community(group.id)
        {
            return Err(Refusal::denied("you should be group moderator"));
        }
        let mut ids: Vec<(i64, i64)> = group
            .members
            .iter()
            .filter(|(id, _)| !managers || group.admins.contains(*id))
            .filter(|_| self.keeps(Rule::MembersAreListed))
            .map(|(id, at)| (*id, *at))
            .collect();
        match call.p.text("sort").unwrap_or("id_asc") {
            "id_desc" => ids.sort_by_key(|(id, _)| std::cmp::Reverse(*id)),
            "time_asc" => ids.sort_by_key(|(id, at)| (*at, *id)),
            "time_desc" => ids.sort_by_key(|(id, at)| std::cmp::Reverse((*at, *id))),
            _ => ids.sort_unstable(),
        }
        let (total, page) = self.cut(ids, offset, count);
        let fields = call.p.list("fields");
        let items: Vec<Value> = page
            .iter()
            .filter_map(|(id, _)| {
                let role = if group.admins.contains(id) {
                    "creator"
                } else {
                    "moderator"
                };
                if managers && fields.is_empty() {
                    return Some(json!({ "id": id, "role": role, "permissions": [] }));
                }
                if fields.is_empty() {
                    return Some(json!(id));
                }
                let mut view = self.user_view(self.users.get(id)?, &fields);
                if managers && let Some(view) = view.as_object_mut() {
                    view.insert("role".to_owned(), json!(role));
                }
                Some(view)
            })
            .collect();
        Ok(json!({ "count": total, "items": items }))
    }

    pub(super) fn is_member(&self, call: &Call<'_>) -> Answer {
        let group = self.asked_group(call)?;
        let told = self.keeps(Rule::MembershipIsTold);
        let member = |id: i64| i64::from(told && group.members.contains_key(&id));
        let extended = call.p.flag("extended");
        let asked = call.p.ints("user_ids")?;
        if asked.len() > MOST_ASKED || asked.iter().any(|id| *id <= 0) {
            return Err(Refusal::param("user_ids is invalid"));
        }
        if !asked.is_empty() {
            let items: Vec<Value> = asked
                .into_iter()
                .map(|id| {
                    if extended {
                        json!({ "user_id": id, "member": member(id), "invitation": 0,
                                "can_invite": 0, "can_recall": 0, "request": 0 })
                    } else {
                        json!({ "user_id": id, "member": member(id) })
                    }
                })
                .collect();
            return Ok(json!(items));
        }
        let id = call
            .p
            .int("user_id")
            .or_else(|| call.kind().user())
            .ok_or_else(|| Refusal::param("user_id is undefined"))?;
        if extended {
            return Ok(
                json!({ "member": member(id), "invitation": 0, "can_invite": 0,
                              "can_recall": 0, "request": 0 }),
            );
        }
        Ok(json!(member(id)))
    }

    pub(super) fn groups_of(&self, call: &Call<'_>) -> Answer {
        let user = call
            .p
            .int("user_id")
            .or_else(|| call.kind().user())
            .ok_or_else(|| Refusal::param("user_id is undefined"))?;
        let filters = call.p.list("filter");
        let admin = filters
            .iter()
            .any(|name| ["admin", "editor", "moder"].contains(name));
        let (offset, count) = call.p.page(1000, 1000);
        let groups: Vec<&Group> = self
            .groups
            .values()
            .filter(|group| {
                if admin {
                    group.admins.contains(&user)
                } else {
                    group.members.contains_key(&user)
                }
            })
            .collect();
        let (total, page) = self.cut(groups, offset, count);
        let fields = call.p.list("fields");
        let items: Vec<Value> = page
            .into_iter()
            .map(|group| {
                if call.p.flag("extended") {
                    self.group_view(group, &fields, call.kind())
                } else {
                    json!(group.id)
                }
            })
            .collect();
        Ok(json!({ "count": total, "items": items }))
    }

    /// Lets somebody join or leave.
    pub(super) fn set_member(&mut self, group: i64, user: i64, member: bool, now: i64) {
        let Some(found) = self.groups.get_mut(&group) else {
            return;
        };
        if member && !found.members.contains_key(&user) {
            found.members.insert(user, now);
            let object = json!({ "user_id": user, "join_type": "join" });
            self.tell(group, "group_join", object, now);
        } else if !member && found.members.remove(&user).is_some() {
            self.tell(
                group,
                "group_leave",
                json!({ "user_id": user, "self": 1 }),
                now,
            );
        }
    }

    pub(super) fn joins(&mut self, call: &Call<'_>, join: bool) -> Answer {
        let group = self.community(call.p.int("group_id"))?;
        if let Some(user) = call.kind().user() {
            self.set_member(group, user, join, call.second());
        }
        Ok(json!(1))
    }

    /// Bans end at their time; nobody has to lift them.
    fn lapsed(&mut self, group: i64, now: i64) {
        let Some(found) = self.groups.get_mut(&group) else {
            return;
        };
        let over: Vec<(i64, i64)> = found
            .banned
            .iter()
            .filter(|(_, ban)| ban.until != 0 && ban.until <= now)
            .map(|(user, ban)| (*user, ban.admin))
            .collect();
        for (user, admin) in over {
            if let Some(found) = self.groups.get_mut(&group) {
                found.banned.remove(&user);
            }
            if user > 0 {
                let object = json!({ "admin_id": admin, "user_id": user, "by_end_date": 1 });
                self.tell(group, "user_unblock", object, now);
            }
        }
    }

    pub(super) fn ban(&mut self, call: &Call<'_>) -> Answer {
        let group = self.managed(call.p.int("group_id"), call.kind())?;
        let owner = call.p.id("owner_id")?;
        if !self.exists(owner) {
            return Err(Refusal::param("owner_id is invalid"));
        }
        if self.is_admin(owner, group) {
            return Err(Refusal::denied("cannot ban a manager"));
        }
        let now = call.second();
        let until = call.p.int("end_date").unwrap_or(0);
        if until != 0 && until <= now {
            return Err(Refusal::param("end_date is invalid"));
        }
        let ban = Ban {
            admin: call.kind().actor(),
            at: now,
            until,
            reason: call
                .p
                .int("reason")
                .filter(|n| (0..=4).contains(n))
                .unwrap_or(0),
            comment: call.p.text("comment").unwrap_or_default().to_owned(),
            visible: call.p.flag("comment_visible"),
        };
        let object = json!({
            "admin_id": ban.admin,
            "user_id": owner,
            "unblock_date": until,
            "reason": ban.reason,
            "comment": ban.comment,
        });
        if self.keeps(Rule::BansAreKept)
            && let Some(found) = self.groups.get_mut(&group)
        {
            found.banned.insert(owner, ban);
            found.members.remove(&owner);
        }
        // Of banned communities no event tells.
        if owner > 0 {
            self.tell(group, "user_block", object, now);
        }
        Ok(json!(1))
    }

    pub(super) fn unban(&mut self, call: &Call<'_>) -> Answer {
        let group = self.managed(call.p.int("group_id"), call.kind())?;
        let owner = call.p.id("owner_id")?;
        let had = self
            .groups
            .get_mut(&group)
            .and_then(|found| found.banned.remove(&owner))
            .is_some();
        if !had && self.keeps(Rule::BansAreKept) {
            return Err(Refusal::new(104, "Not found"));
        }
        let object = json!({
            "admin_id": call.kind().actor(),
            "user_id": owner,
            "by_end_date": 0,
        });
        if owner > 0 {
            self.tell(group, "user_unblock", object, call.second());
        }
        Ok(json!(1))
    }

    pub(super) fn banned(&mut self, call: &Call<'_>) -> Answer {
        let id = self.managed(call.p.int("group_id"), call.kind())?;
        self.lapsed(id, call.second());
        let (offset, count) = call.p.page(20, 200);
        let only = call.p.int("owner_id").filter(|id| *id != 0);
        let group = self
            .group(id)
            .ok_or_else(|| Refusal::new(125, "Invalid group id"))?;
        let mut bans: Vec<(&i64, &Ban)> = group
            .banned
            .iter()
            .filter(|(id, _)| only.is_none_or(|only| only == **id))
            .collect();
        if only.is_some() && bans.is_empty() {
            return Err(Refusal::new(104, "Not found"));
        }
        bans.sort_by_key(|(id, ban)| std::cmp::Reverse((ban.at, **id)));
        let (total, page) = self.cut(bans, offset, count);
        let items: Vec<Value> = page
            .into_iter()
            .filter_map(|(id, ban)| {
                let info = json!({
                    "admin_id": ban.admin,
                    "comment": ban.comment,
                    "comment_visible": ban.visible,
                    "date": ban.at,
                    "end_date": ban.until,
                    "reason": ban.reason,
                });
                if *id < 0 {
                    let group = self.group_view(self.group(-id)?, &[], call.kind());
                    return Some(json!({ "type": "group", "group": group, "ban_info": info }));
                }
                let user = self.user_view(self.users.get(id)?, &[]);
                Some(json!({ "type": "profile", "profile": user, "ban_info": info }))
            })
            .collect();
        Ok(json!({ "count": total, "items": items }))
    }

    pub(super) fn confirmation_code(&self, call: &Call<'_>) -> Answer {
        let id = self.managed(call.p.int("group_id"), call.kind())?;
        let code = self
            .group(id)
            .map(|group| group.confirmation.clone())
            .unwrap_or_default();
        Ok(json!({ "code": code }))
    }
}
