//! A person at a browser: headless Chromium, driven by what stands on the page.

use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};

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
             | //summary[contains(normalize-space(.), {0})] | //input[@type='submit' and contains(@value, {0})]",
            quoted(words)
        );
        let waiting = self.0.wait().at_most(DEADLINE).every(Duration::from_millis(50));
        let found = waiting.for_element(Locator::XPath(&path)).await;
        let Ok(element) = found else {
            panic!("{} has nothing to press that says {words}:\n{}", self.url().await, self.text().await)
        };
        element.click().await.unwrap();
    }

    /// Does what leads to another page, and waits until the one before is gone: what both say is then said by the new one.
    pub(crate) async fn leaving(&self, act: impl Future<Output = ()>) {
        let before = self.0.find(Locator::Css("html")).await.unwrap();
        act.await;
        super::until("another page comes", || async { before.tag_name().await.is_err().then_some(()) }).await;
    }

    /// Presses the first button of the page.
    pub(crate) async fn submit(&self) {
        self.wait_for("main button").await.click().await.unwrap();
    }

    /// Presses the button of the first form that goes to an address holding `part`.
    pub(crate) async fn submit_to(&self, part: &str) {
        self.wait_for(&format!("form[action*='{part}'] button")).await.click().await.unwrap();
    }

    /// Chooses one of several.
    pub(crate) async fn choose(&self, name: &str, value: &str) {
        self.wait_for(&format!("input[type='radio'][name='{name}'][value='{value}']")).await.click().await.unwrap();
    }

    /// Unfolds what the page keeps folded.
    pub(crate) async fn open_details(&self) {
        for summary in self.0.find_all(Locator::Css("details:not([open]) > summary")).await.unwrap() {
            summary.click().await.unwrap();
        }
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

    /// What a script of the page returns.
    pub(crate) async fn run(&self, script: &str) -> serde_json::Value {
        self.0.execute(script, Vec::new()).await.unwrap()
    }

    /// Goes into the page's first frame, where everything happens from now on.
    pub(crate) async fn enter_frame(&self) {
        self.wait_for("iframe").await.enter_frame().await.unwrap();
    }

    /// What sticks out on the right, where [`Browser::is_too_wide`].
    pub(crate) async fn what_sticks_out(&self) -> String {
        let script = "return [...document.querySelectorAll('body *')].filter(it => it.checkVisibility() && it.getBoundingClientRect().right > \
             document.documentElement.clientWidth + 1).slice(0, 5).map(it => it.outerHTML.slice(0, 200)).join('\\n')";
        self.0.execute(script, Vec::new()).await.unwrap().as_str().unwrap_or_default().to_owned()
    }

    /// Signs in on the page of the installation at `url`.
    pub(crate) async fn sign_in(&self, url: &str, address: &str, password: &str) {
        self.visit(&format!("{url}/sign-in")).await;
        self.fill("address", address).await;
        self.fill("password", password).await;
        self.press("Sign in").await;
        self.wait_for("form[action='/sign-out']").await;
    }

    /// Shows the page as on a screen of this width, in this theme (`light`, `dark`).
    pub(crate) async fn look_on(&self, width: u32, theme: &str) {
        let metrics = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.tell_chromium("Emulation.setDeviceMetricsOverride", metrics).await;
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": theme }] });
        self.tell_chromium("Emulation.setEmulatedMedia", media).await;
        let has_come = IS_STILL.replace("WIDTH", &width.to_string()).replace("THEME", theme);
        super::until(&format!("the page stands still at {width} px, {theme}"), || async {
            self.0.execute(&has_come, Vec::new()).await.unwrap().as_bool().filter(|it| *it)
        })
        .await;
    }

    /// From the next page on no script of any page runs.
    pub(crate) async fn forbid_scripts(&self) {
        self.tell_chromium("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    }

    /// From the next page on no worker of any page can do its work.
    pub(crate) async fn forbid_workers(&self) {
        self.tell_chromium("Page.addScriptToEvaluateOnNewDocument", json!({ "source": NO_WORKERS })).await;
    }

    async fn tell_chromium(&self, command: &str, parameters: Value) {
        self.0.issue_cmd(ToChromium(json!({ "cmd": command, "params": parameters }))).await.unwrap();
    }

    /// What axe-core finds wrong with the page: rule, why, where.
    pub(crate) async fn axe(&self) -> Vec<String> {
        self.0.execute(AXE, Vec::new()).await.unwrap();
        let found = self.0.execute_async(RUN_AXE, Vec::new()).await.unwrap();
        found.as_array().unwrap_or_else(|| panic!("axe did not run: {found}")).iter().map(ToString::to_string).collect()
    }

    /// Presses a key.
    pub(crate) async fn key(&self, key: Key) {
        self.type_in(&char::from(key).to_string()).await;
    }

    /// Types into whatever has the focus.
    pub(crate) async fn type_in(&self, text: &str) {
        self.0.active_element().await.unwrap().send_keys(text).await.unwrap();
    }

    /// Goes from stop to stop with the Tab key until the focus is on what says `words`; every stop on the way must be seen.
    pub(crate) async fn tab_to(&self, words: &str) {
        let mut met = Vec::new();
        for _ in 0..60 {
            self.key(Key::Tab).await;
            let stop = self.0.execute(FOCUS, Vec::new()).await.unwrap();
            let (says, is_seen) = (stop["says"].as_str().unwrap_or_default().to_owned(), stop["is_seen"] == true);
            assert!(is_seen || says.is_empty(), "the focus on “{says}” is not seen at {}: {stop}", self.url().await);
            if says.contains(words) {
                return;
            }
            met.push(says);
        }
        panic!("the Tab key does not reach “{words}” at {}, only {met:?}", self.url().await);
    }

    /// Goes to what says `words` and presses Enter.
    pub(crate) async fn enter_on(&self, words: &str) {
        self.tab_to(words).await;
        self.key(Key::Enter).await;
    }

    /// The page as a picture.
    #[expect(dead_code, reason = "for whoever wants to look")]
    pub(crate) async fn picture(&self) -> Vec<u8> {
        self.0.screenshot().await.unwrap()
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

/// Workers as where a site's policy or little memory forbids them.
const NO_WORKERS: &str = "window.Worker = class extends EventTarget {
    postMessage() { queueMicrotask(() => this.dispatchEvent(new Event('error'))); }
    terminate() {}
}";
/// Whether the page is there, in this size and theme, and nothing on it moves any more: Chromium takes on a size when it
/// draws next, and an ornament that fades in has no contrast yet.
const IS_STILL: &str = "return document.readyState === 'complete' && matchMedia('(width: WIDTHpx)').matches
    && matchMedia('(prefers-color-scheme: THEME)').matches
    && document.getAnimations().every(it => it.playState !== 'running')";
/// axe-core as it was published; see `tests/vendor/README.md`.
const AXE: &str = include_str!("../../vendor/axe-core/axe.min.js");
/// WCAG 2.2 up to AA, and what axe calls good practice.
const RUN_AXE: &str = "const done = arguments[arguments.length - 1];
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];
    axe.run(document, { runOnly: { type: 'tag', values: tags }, iframes: false, resultTypes: ['violations'] })
      .then(found => done(found.violations.flatMap(rule => rule.nodes.map(node =>
        `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary}`))), error => done(String(error)));";
/// What has the focus: its words, and whether a person sees where it is (WCAG 2.4.7, 2.4.11).
const FOCUS: &str = "const it = document.activeElement;
    if (!it || it === document.body) return { says: '', is_seen: false };
    const label = it.labels && it.labels.length ? it.labels[0].innerText : '';
    const box = it.getBoundingClientRect(), style = getComputedStyle(it);
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
    return { says: `${label} ${it.innerText || it.value || ''}`.trim(), is_seen: inside && ring && box.width > 1 };";

/// A command to Chromium itself, by way of its driver.
#[derive(Debug)]
struct ToChromium(Value);

impl fantoccini::wd::WebDriverCompatibleCommand for ToChromium {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (reqwest::Method, Option<String>) {
        (reqwest::Method::POST, Some(self.0.to_string()))
    }
}
