//! What is sent.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A post to be made (contract, `CreatePostsRequest`). It is stored between preparation and commit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct CreatePost {
    pub(crate) text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) media: Option<MediaIds>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reply: Option<Reply>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) quote_tweet_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) poll: Option<NewPoll>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) community_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) edit_options: Option<EditOptions>,
    /// What the draft says in the network's own words.
    #[serde(flatten)]
    pub(crate) native: Map<String, Value>,
}

/// The files of a post.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct MediaIds {
    pub(crate) media_ids: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tagged_user_ids: Vec<String>,
}

/// What a post answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reply {
    pub(crate) in_reply_to_tweet_id: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) exclude_reply_user_ids: Vec<String>,
}

/// A poll to be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct NewPoll {
    pub(crate) options: Vec<String>,
    pub(crate) duration_minutes: u64,
}

/// The post that another takes the place of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct EditOptions {
    pub(crate) previous_post_id: String,
}

/// The beginning of an upload.
#[derive(Serialize)]
pub(crate) struct BeginUpload<'a> {
    pub(crate) media_type: &'a str,
    pub(crate) total_bytes: u64,
    pub(crate) media_category: &'a str,
}

/// The description of a file.
#[derive(Serialize)]
pub(crate) struct Describe<'a> {
    pub(crate) id: &'a str,
    pub(crate) metadata: Metadata<'a>,
}

/// What is said of a file.
#[derive(Serialize)]
pub(crate) struct Metadata<'a> {
    pub(crate) alt_text: AltText<'a>,
}

/// What a file shows.
#[derive(Serialize)]
pub(crate) struct AltText<'a> {
    pub(crate) text: &'a str,
}

/// Names a post.
#[derive(Serialize)]
pub(crate) struct OfPost<'a> {
    pub(crate) tweet_id: &'a str,
}

/// Names an account.
#[derive(Serialize)]
pub(crate) struct OfUser<'a> {
    pub(crate) target_user_id: &'a str,
}

/// Hides an answer, or shows it again.
#[derive(Serialize)]
pub(crate) struct Hide {
    pub(crate) hidden: bool,
}

/// A message to be sent.
#[derive(Serialize)]
pub(crate) struct NewMessage<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) attachments: Vec<SharedFile<'a>>,
}

/// The file of a message.
#[derive(Serialize)]
pub(crate) struct SharedFile<'a> {
    pub(crate) media_id: &'a str,
}
