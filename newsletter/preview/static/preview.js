// Keeps the page in step with what is saved. The server draws; this swaps what has changed.
"use strict";

const REGIONS = ["inbox", "stale", "found", "written", "size", "reader", "made-lists", "made-language", "test-form", "dark-note"];
const byId = (id) => document.getElementById(id);
const frame = byId("frame");
let stream = null;
let shown = byId("live").dataset.version;
let ended = false;

function parsed(text) {
  return new DOMParser().parseFromString(text, "text/html");
}

async function fetched(address, options = {}) {
  const answer = await fetch(address, { cache: "no-store", ...options });
  if (!answer.ok && answer.status !== 403) throw new Error(`the server said ${answer.status}`);
  return answer;
}

/* What an element holds is replaced only where it differs, so that nothing that is being read or typed moves. */
function swap(id, page) {
  const old = byId(id), fresh = page.getElementById(id);
  if (!old || !fresh || old.isEqualNode(fresh)) return;
  if (old.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) return;
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const again = focused && (focused.id || focused.getAttribute("href"));
  old.replaceWith(document.adoptNode(fresh));
  if (focused && again) {
    const heir = byId(focused.id) || fresh.querySelector(`[href="${CSS.escape(again)}"]`);
    (heir || byId("findings")).focus({ preventScroll: true });
  }
}

function tell(page) {
  const fresh = page.getElementById("status"), status = byId("status");
  status.className = fresh.className;
  if (status.textContent !== fresh.textContent) status.textContent = fresh.textContent;
  shown = page.getElementById("live").dataset.version;
}

async function refreshOnce() {
  const page = parsed(await (await fetched(location.href)).text());
  if (!page.getElementById("live")) return;
  REGIONS.forEach((id) => swap(id, page));
  tell(page);
  bringUp();
}

/* While nothing can be drawn, the first line to mend is brought up, unless somebody reads elsewhere in the file. */
let broughtUp = "";
function bringUp() {
  const faulty = byId("status").classList.contains("bad"), box = byId("listing");
  const line = faulty && box.querySelector(".line.error"), is = line ? line.id : "";
  if (is && is !== broughtUp && !box.matches(":hover, :focus-within")) center(line);
  broughtUp = is;
}

function center(line) {
  const box = byId("listing");
  if (box.scrollHeight > box.clientHeight) box.scrollTop = line.offsetTop - box.clientHeight / 3;
}

/* One at a time: an older answer that comes late must not take a newer one's place. */
let refreshing = null, again = false;
function refresh() {
  again = true;
  refreshing ??= (async () => {
    try {
      while (again) { again = false; await refreshOnce(); }
    } catch {
      lost();
    } finally {
      refreshing = null;
    }
  })();
  return refreshing;
}

function lost() {
  ended = true;
  byId("status").className = "status bad";
  byId("status").textContent = "The preview has ended. Start it again in the terminal with `newsletter preview`.";
}

/* An address with the frame as it is now: what was drawn into the page before may name another. */
function withLook(address) {
  const there = new URL(address, location.href), here = new URLSearchParams(location.search);
  for (const key of ["show", "dark", "pictures"]) {
    there.searchParams.delete(key);
    if (here.has(key)) there.searchParams.set(key, here.get(key));
  }
  return there.pathname + there.search;
}

/* The frame's own first document, when it comes, takes the place of whatever was put there before it. */
const framed = new Promise((come) => {
  const page = frame.contentDocument;
  if (page && page.readyState === "complete" && page.URL !== "about:blank") come();
  else frame.addEventListener("load", come, { once: true });
});

let turns = 0;
/* The frame's document stays and gets a new content: no white flash, and the scroll position is kept. */
async function redraw(address = frame.dataset.src || frame.getAttribute("src")) {
  const turn = ++turns;
  const text = await (await fetched(address)).text();
  await framed;
  if (turn !== turns) return;
  const page = frame.contentDocument, view = frame.contentWindow;
  const [left, top] = [view.scrollX, view.scrollY];
  // Parsed by the frame, whose policy allows the style attributes that emails live by.
  const fresh = new view.DOMParser().parseFromString(text, "text/html");
  page.replaceChild(page.adoptNode(fresh.documentElement), page.documentElement);
  view.scrollTo(left, top);
  const loading = [...page.images].filter((picture) => !picture.complete);
  if (loading.length === 0) return;
  const done = loading.map((picture) => new Promise((go) => { picture.onload = picture.onerror = go; }));
  Promise.all(done).then(() => { if (view.scrollY < top) view.scrollTo(left, top); });
}

function listen() {
  if (stream) stream.close();
  const query = new URLSearchParams(location.search);
  query.set("version", shown);
  stream = new EventSource(`/events?${query}`);
  stream.addEventListener("drawn", async (event) => {
    const news = JSON.parse(event.data);
    await redraw().catch(lost);
    const swapped = Date.now();
    await refresh();
    document.dispatchEvent(new CustomEvent("redrawn", { detail: { ...news, swapped } }));
  });
  stream.addEventListener("checked", refresh);
  stream.addEventListener("open", () => { if (ended) { ended = false; refresh(); } });
  stream.addEventListener("error", lost);
}

/* Frames: as wide as the program they stand for, made smaller where there is no room. */
function fit() {
  const tab = document.querySelector(".tabs [aria-selected=true], .tabs [aria-current]");
  const width = Number(tab ? tab.dataset.width : 0), room = byId("board").clientWidth;
  const share = width > room ? Math.max(room / width, 0.4) : 1;
  byId("holder").style.width = width ? `${Math.round(width * share)}px` : "100%";
  frame.style.width = width ? `${width}px` : "100%";
  frame.style.height = `${100 / share}%`;
  frame.style.transform = share < 1 ? `scale(${share})` : "none";
  const note = byId("scale");
  note.hidden = share === 1;
  note.textContent = share === 1 ? "" : `Shown at ${Math.round(share * 100)} % of its size, to fit in here.`;
}

function choose(tab) {
  for (const other of document.querySelectorAll(".tabs a")) {
    const is = other === tab;
    other.setAttribute("aria-selected", String(is));
    other.tabIndex = is ? 0 : -1;
    other.removeAttribute("aria-current");
  }
  frame.title = `The email as ${tab.firstChild.textContent.trim()}`;
  byId("holder").className = `holder show-${tab.dataset.show}`;
  byId("holder").setAttribute("aria-labelledby", tab.id);
}

let visits = 0;
async function go(address) {
  const visit = ++visits;
  history.replaceState(null, "", address);
  const page = parsed(await (await fetched(address)).text());
  if (visit !== visits) return; // somebody has gone on before this came
  for (const link of document.querySelectorAll(".tabs a, .switch")) {
    link.href = page.getElementById(link.id).getAttribute("href");
  }
  for (const link of document.querySelectorAll(".switch")) {
    const on = page.getElementById(link.id).hasAttribute("data-on");
    link.toggleAttribute("data-on", on);
    link.setAttribute("aria-checked", String(on));
  }
  const fresh = page.getElementById("frame");
  frame.setAttribute("class", fresh.getAttribute("class"));
  // Not by its src, which would load it anew and lose the scroll position.
  frame.dataset.src = fresh.getAttribute("src");
  ["reader", "dark-note"].forEach((id) => swap(id, page));
  await redraw(frame.dataset.src);
  fit();
}

function arm() {
  const list = document.querySelector(".tabs ul");
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", "Frames");
  list.parentElement.setAttribute("role", "presentation");
  list.parentElement.removeAttribute("aria-label");
  byId("holder").setAttribute("role", "tabpanel");
  for (const tab of list.querySelectorAll("a")) {
    tab.parentElement.setAttribute("role", "presentation");
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", "holder");
  }
  choose(list.querySelector("[aria-current]"));
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("a");
    if (!tab) return;
    event.preventDefault();
    choose(tab);
    fit();
    go(tab.getAttribute("href")).catch(lost);
  });
  list.addEventListener("keydown", (event) => {
    const tabs = [...list.querySelectorAll("a")], at = tabs.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (event.key === " ") { event.preventDefault(); document.activeElement.click(); }
    if (to === undefined || at < 0) return;
    event.preventDefault();
    const next = tabs[(to + tabs.length) % tabs.length];
    next.focus();
    next.click();
  });
  for (const link of document.querySelectorAll(".switch")) {
    link.setAttribute("role", "switch");
    link.setAttribute("aria-checked", String(link.hasAttribute("data-on")));
    link.querySelector(".unseen").remove();
    link.addEventListener("click", (event) => { event.preventDefault(); go(link.getAttribute("href")).catch(lost); });
    link.addEventListener("keydown", (event) => {
      if (event.key === " ") { event.preventDefault(); link.click(); }
    });
  }
}

/* A finding leads to its line, and to the section of the email. */
function point(link) {
  const line = byId(link.getAttribute("href").slice(1));
  document.querySelectorAll(".line[aria-current]").forEach((old) => old.removeAttribute("aria-current"));
  if (line) {
    line.setAttribute("aria-current", "true");
    center(line);
    line.focus({ preventScroll: true });
    byId("listing").scrollIntoView({ block: "nearest" });
  }
  const page = frame.contentDocument;
  page.querySelectorAll("[data-pointed]").forEach((old) => {
    old.removeAttribute("data-pointed");
    old.style.outline = old.style.outlineOffset = "";
  });
  const section = link.dataset.section && page.getElementById(link.dataset.section);
  if (!section) return;
  section.setAttribute("data-pointed", "");
  section.style.outline = "4px solid #e0a326";
  section.style.outlineOffset = "6px";
  frame.contentWindow.scrollTo({ top: frame.contentWindow.scrollY + section.getBoundingClientRect().top - 80 });
}

function keepLook(form) {
  const look = new URL(withLook("/"), location.href).searchParams;
  form.querySelectorAll("input[type=hidden]:not([name=made])").forEach((old) => old.remove());
  for (const [name, value] of look) {
    const field = Object.assign(document.createElement("input"), { type: "hidden", name, value });
    form.append(field);
  }
}

async function send(form) {
  const body = new URLSearchParams(new FormData(form));
  const button = form.querySelector("button");
  button.setAttribute("aria-disabled", "true");
  try {
    const page = parsed(await (await fetched(withLook(form.getAttribute("action")), { method: "POST", body })).text());
    const fresh = page.getElementById(form.dataset.swap), failed = page.querySelector("#test-result .refusal");
    const target = byId(form.dataset.swap);
    // The region itself stays, since what is put into it is read out.
    target.replaceChildren(...(fresh ? [...fresh.childNodes] : [page.body.textContent]));
    if (failed && form.dataset.swap !== "test-result") target.append(document.adoptNode(failed));
  } catch (error) {
    byId(form.dataset.swap).textContent = `Not done: ${error.message}`;
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

document.addEventListener("click", (event) => {
  const person = event.target.closest("#matches a");
  if (person) person.href = withLook(person.href);
  const link = event.target.closest("a[data-line]");
  if (!link) return;
  event.preventDefault();
  point(link);
});
document.addEventListener("submit", (event) => {
  if (event.target.matches(".made")) keepLook(event.target);
  if (!event.target.dataset.swap) return;
  event.preventDefault();
  if (event.target.querySelector("button").getAttribute("aria-disabled") !== "true") send(event.target);
});
addEventListener("resize", fit);
arm();
fit();
bringUp();
listen();
