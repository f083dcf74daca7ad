//! A person at a browser: headless Chromium, driven by what stands on the page.

use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};

use super::{A_CAMPAIGN, DEADLINE};

/// One browser window; closed by [`Browser::close`].
pub(crate) struct Browser(Client);

impl Browser {
    /// Opens a window of this size.
    pub(crate) async fn open(width: u32, height: u32) -> Self {
        let driver = std::env::var("TEST_CHROMEDRIVER")
            .expect("TEST_CHROMEDRIVER names no chromedriver: run ./test.sh, which starts one");
        let options = serde_json::json!({
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en",
                format!("--window-size={width},{height}"),
            ],
        });
        let wanted = serde_json::Map::from_iter([("goog:chromeOptions".to_owned(), options)]);
        let client = ClientBuilder::rustls().unwrap().capabilities(wanted).connect(&driver).await.unwrap();
        Self(client)
    }

    /// Goes to an address.
    pub(crate) async fn visit(&self, url: &str) {
        self.0.goto(url).await.unwrap();
    }

    /// Where it is.
    pub(crate) async fn url(&self) -> String {
        self.0.current_url().await.unwrap().into()
    }

    /// Writes into the field of this name.
    pub(crate) async fn fill(&self, name: &str, text: &str) {
        let field = self.wait_for(&format!("input[name='{name}'], textarea[name='{name}']")).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses the button or follows the link whose words hold `words`.
    pub(crate) async fn press(&self, words: &str) {
        let path = format!(
            "//button[contains(normalize-space(.), {0})] | //a[contains(normalize-space(.), {0})] \
             | //input[@type='submit' and contains(@value, {0})]",
            quoted(words)
        );
        let waiting = self.0.wait().at_most(DEADLINE).every(Duration::from_millis(50));
        let found = waiting.for_element(Locator::XPath(&path)).await;
        let Ok(element) = found else {
            panic!("{} has nothing to press that says {words}:\n{}", self.url().await, self.text().await)
        };
        element.click().await.unwrap();
    }

    /// Waits until the page says `words`.
    pub(crate) async fn see(&self, words: &str) {
        let path = format!("//body[contains(normalize-space(.), {})]", quoted(words));
        let waiting = self.0.wait().at_most(DEADLINE).every(Duration::from_millis(50));
        if waiting.for_element(Locator::XPath(&path)).await.is_err() {
            panic!("the page {} does not say “{words}” but:\n{}", self.url().await, self.text().await);
        }
    }

    /// Puts a tick into the box of this name.
    pub(crate) async fn tick(&self, name: &str) {
        self.wait_for(&format!("input[type='checkbox'][name='{name}']")).await.click().await.unwrap();
    }

    /// Clicks the first link inside the page's frame whose address holds `part`; it leads the whole window away.
    pub(crate) async fn press_in_frame(&self, part: &str) {
        let window = self.0.window().await.unwrap();
        self.wait_for("iframe").await.enter_frame().await.unwrap();
        self.wait_for(&format!("a[href*='{part}']")).await.click().await.unwrap();
        // The frame goes with its page: from here on the whole window is meant again.
        self.0.switch_to_window(window).await.unwrap();
    }

    /// Loads `url` again and again until it says `words`.
    pub(crate) async fn see_at(&self, url: &str, words: &str) {
        super::until_within(A_CAMPAIGN, &format!("{url} says {words}"), || async {
            self.visit(url).await;
            self.text().await.contains(words).then_some(())
        })
        .await;
    }

    /// Waits until nothing on the page matches.
    pub(crate) async fn wait_until_gone(&self, css: &str) {
        super::until(&format!("{css} goes"), || async { (self.count(css).await == 0).then_some(()) }).await;
    }

    /// Opens the newest message to `address` in the demo's tray whose subject holds `subject`, once it is there.
    pub(crate) async fn open_from_tray(&self, url: &str, address: &str, subject: &str) {
        let path = format!("//tr[td[contains(., {})]]//a[contains(., {})]", quoted(address), quoted(subject));
        let link = super::until_within(A_CAMPAIGN, &format!("the tray has “{subject}” to {address}"), || async {
            self.visit(&format!("{url}/tray")).await;
            self.0.find(Locator::XPath(&path)).await.ok()
        })
        .await;
        link.click().await.unwrap();
    }

    /// Waits for an element.
    pub(crate) async fn wait_for(&self, css: &str) -> Element {
        let waiting = self.0.wait().at_most(DEADLINE).every(Duration::from_millis(50));
        match waiting.for_element(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => panic!("{} has no {css}: {error}\n{}", self.url().await, self.text().await),
        }
    }

    /// How many elements match.
    pub(crate) async fn count(&self, css: &str) -> usize {
        self.0.find_all(Locator::Css(css)).await.unwrap().len()
    }

    /// What the page says.
    pub(crate) async fn text(&self) -> String {
        match self.0.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        }
    }

    /// Whether the page is wider than its window: a phone would have to scroll sideways.
    pub(crate) async fn is_too_wide(&self) -> bool {
        let script = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
        self.0.execute(script, Vec::new()).await.unwrap().as_bool().unwrap()
    }

    /// Signs in on the page of the installation at `url`.
    pub(crate) async fn sign_in(&self, url: &str, address: &str, password: &str) {
        self.visit(&format!("{url}/sign-in")).await;
        self.fill("address", address).await;
        self.fill("password", password).await;
        self.press("Sign in").await;
        self.wait_for("form[action='/sign-out']").await;
    }

    /// Closes the window.
    pub(crate) async fn close(self) {
        self.0.close().await.unwrap();
    }
}

/// A text as XPath takes it; ours hold no double quotes.
fn quoted(words: &str) -> String {
    format!("\"{words}\"")
}
