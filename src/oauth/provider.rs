use std::time::Duration;

use crate::client::limits::Charge;
use crate::secret::Secret;

/// How long before its end an access token is renewed, unless a provider says otherwise.
const EARLY: Duration = Duration::from_secs(120);

/// A network's OAuth, as data: where a person consents, where tokens are given, and what this network does in its own
/// way. What is wrong with it shows when an [`OAuth`](super::OAuth) is made of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Provider {
    /// The network's name, for errors.
    pub network: String,
    /// Where a person consents (RFC 6749, 3.1).
    pub authorize_url: String,
    /// Where codes and refresh tokens are exchanged for tokens (RFC 6749, 3.2). The implicit flow has none.
    pub token_url: Option<String>,
    /// The application, as the network knows it.
    pub client_id: String,
    /// The secret of a confidential application; a public one has none.
    pub client_secret: Option<Secret>,
    /// How a confidential application shows its secret.
    pub client_auth: ClientAuth,
    /// Where the person's browser is sent afterwards, letter by letter as it is registered with the network.
    pub redirect_uri: Option<String>,
    /// The rights that are asked for.
    pub scopes: Vec<String>,
    /// What stands between two of them: a space, unless the network wants it otherwise.
    pub scope_separator: String,
    /// What an application's login brings: a code to be exchanged, or the token itself.
    pub flow: Flow,
    /// How the PKCE challenge (SHA-256, RFC 7636) is called: `S256`. `None` sends no challenge.
    pub challenge_method: Option<String>,
    /// Further parameters of the address where a person consents.
    pub authorize_params: Vec<(String, String)>,
    /// Further parameters of the exchange and of every refresh.
    pub token_params: Vec<(String, String)>,
    /// Parameters that come with the redirect and have to go with the exchange and with every refresh.
    pub carried: Vec<String>,
    /// Whether `state` goes with the exchange and with every refresh too.
    pub sends_state: bool,
    /// The field of the answer that tells whose the token is.
    pub user_id_field: String,
    /// How long before its end an access token is renewed: two minutes by default, and never more than a quarter of
    /// its life.
    pub early: Duration,
    /// What an exchange or a refresh costs.
    pub charges: Vec<Charge>,
}

/// How a confidential application shows its secret to the network (RFC 6749, 2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClientAuth {
    /// In the header field `Authorization`.
    #[default]
    Basic,
    /// In the form, beside the other parameters.
    Body,
}

/// What a login brings back from the browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Flow {
    /// A code, good once and for a short time, to be exchanged for tokens.
    #[default]
    Code,
    /// The access token itself, in the address's fragment. It cannot be renewed.
    Implicit,
}

impl Provider {
    /// The flow with a code and PKCE, of a public application.
    pub fn new(
        network: impl Into<String>,
        authorize_url: impl Into<String>,
        token_url: impl Into<String>,
    ) -> Self {
        Self {
            network: network.into(),
            authorize_url: authorize_url.into(),
            token_url: Some(token_url.into()),
            client_id: String::new(),
            client_secret: None,
            client_auth: ClientAuth::default(),
            redirect_uri: None,
            scopes: Vec::new(),
            scope_separator: " ".to_owned(),
            flow: Flow::Code,
            challenge_method: Some("S256".to_owned()),
            authorize_params: Vec::new(),
            token_params: Vec::new(),
            carried: Vec::new(),
            sends_state: false,
            user_id_field: "user_id".to_owned(),
            early: EARLY,
            charges: Vec::new(),
        }
    }

    /// The implicit flow (RFC 6749, 4.2): the token comes in the fragment of the address.
    pub fn implicit(network: impl Into<String>, authorize_url: impl Into<String>) -> Self {
        Self {
            token_url: None,
            flow: Flow::Implicit,
            challenge_method: None,
            ..Self::new(network, authorize_url, "")
        }
    }

    /// Sets the application.
    pub fn client_id(mut self, id: impl Into<String>) -> Self {
        self.client_id = id.into();
        self
    }

    /// Sets the secret of a confidential application, and how it is shown.
    pub fn client_secret(mut self, secret: impl Into<Secret>, auth: ClientAuth) -> Self {
        self.client_secret = Some(secret.into());
        self.client_auth = auth;
        self
    }

    /// Sets where the person's browser is sent afterwards.
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uri = Some(uri.into());
        self
    }

    /// Sets the rights that are asked for.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Sets what stands between two scopes.
    pub fn scope_separator(mut self, separator: impl Into<String>) -> Self {
        self.scope_separator = separator.into();
        self
    }

    /// Sets how the network calls the PKCE challenge with SHA-256.
    pub fn challenge_method(mut self, name: impl Into<String>) -> Self {
        self.challenge_method = Some(name.into());
        self
    }

    /// Sends no PKCE challenge, for networks that refuse one. A bare code is then not taken, since nothing would show
    /// that it is of this login.
    pub fn without_pkce(mut self) -> Self {
        self.challenge_method = None;
        self
    }

    /// Adds a parameter to the address where a person consents.
    pub fn authorize_param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.authorize_params.push((name.into(), value.into()));
        self
    }

    /// Adds a parameter to the exchange and to every refresh.
    pub fn token_param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.token_params.push((name.into(), value.into()));
        self
    }

    /// Names a parameter that comes with the redirect and has to go with the exchange and with every refresh.
    pub fn carries(mut self, name: impl Into<String>) -> Self {
        self.carried.push(name.into());
        self
    }

    /// Sends `state` with the exchange and with every refresh too.
    pub fn sends_state(mut self) -> Self {
        self.sends_state = true;
        self
    }

    /// Names the field of the answer that tells whose the token is.
    pub fn user_id_field(mut self, name: impl Into<String>) -> Self {
        self.user_id_field = name.into();
        self
    }

    /// Sets how long before its end an access token is renewed.
    pub fn early(mut self, early: Duration) -> Self {
        self.early = early;
        self
    }

    /// Adds what an exchange or a refresh costs.
    pub fn charge(mut self, charge: Charge) -> Self {
        self.charges.push(charge);
        self
    }
}
