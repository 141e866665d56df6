"use strict";
const one = (selector) => document.querySelector(selector);
const csrf = one("meta[name=csrf]").content;
const texts = JSON.parse(one("meta[name=texts]").content);
const text = (key, values = {}) => texts[key].replace(/{(\w+)}/g, (_, name) => values[name]);

function tell(words) {
  const place = one("#problem");
  place.textContent = words;
  place.hidden = !words;
  if (words) place.scrollIntoView({ block: "nearest" });
}

async function send(method, to, body, headers = {}) {
  let answer;
  try {
    answer = await fetch(to, { method, body, headers: { "x-scoliogait-token": csrf, ...headers } });
  } catch {
    throw new Error(text("no_answer"));
  }
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(content.error || text("status", { status: answer.status }));
  return content;
}

const sendJson = (to, content) => send("POST", to, JSON.stringify(content), { "content-type": "application/json" });

const headerText = (text) => encodeURIComponent(text.toWellFormed?.() ?? text);

const sending = { id: "", request: null, isStopped: false };  // what is on its way to the server

function sendFile(to, file, moved) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();  // fetch does not say how much it has sent
    sending.request = request;
    request.open("PUT", to);
    request.setRequestHeader("x-scoliogait-token", csrf);
    request.setRequestHeader("x-file-name", headerText(file.name.slice(-200)));
    request.upload.onprogress = (event) => moved(event.loaded / Math.max(1, file.size));
    request.onerror = () => failed(new Error(text("not_taken", { name: file.name })));
    request.onabort = () => failed(new Error(text("stopped")));
    request.onload = () => {
      let content = {};
      try { content = JSON.parse(request.responseText); } catch { /* no words came with it */ }
      if (request.status < 300) done(content); else failed(new Error(content.error || text("refused", { name: file.name })));
    };
    request.send(file);
  });
}

async function upload(form) {
  const files = [...form.files.files];
  const [most, mostFiles] = [Number(form.dataset.most), Number(form.dataset.files)];
  const large = files.find((file) => file.size > most);
  if (large) throw new Error(text("too_large", { name: large.name, mb: Math.floor(most / 2 ** 20) }));
  const groups = form.together.value === "yes" ? [files] : files.map((file) => [file]);
  if (groups[0].length > mostFiles) throw new Error(text("many_files", { n: mostFiles }));
  one("#sending").hidden = false;
  sending.isStopped = false;
  const problems = [], begun = [];
  let number = 0;
  for (const group of groups) {
    try {
      sending.id = (await sendJson("/sessions", { person: form.person.value, keeps: form.keeps.checked })).id;
      for (const file of group) {
        number += 1;
        one("#sent-name").textContent = text("sent", { number, n: files.length, name: file.name });
        one("#sent").value = 0;
        if (sending.isStopped) throw new Error(text("stopped"));
        await sendFile(`/sessions/${sending.id}/files`, file, (share) => { one("#sent").value = share; });
      }
      if (sending.isStopped) throw new Error(text("stopped"));
      begun.push((await send("POST", `/sessions/${sending.id}/start`)).page);
    } catch (error) {
      problems.push(error.message);
      if (sending.id) await send("DELETE", `/sessions/${sending.id}`).catch(() => {});
    }
    sending.id = "";
    if (sending.isStopped) break;
  }
  one("#sending").hidden = true;
  if (!problems.length) return location.assign(groups.length > 1 ? "/" : begun[0]);
  await renewList();
  throw new Error(sending.isStopped && begun.length ? text("stopped_rest") : problems.join(" "));
}

async function renewList() {
  const page = await fetch("/").then((answer) => answer.text());
  one("#list").replaceWith(new DOMParser().parseFromString(page, "text/html").querySelector("#list"));
}

one("#stop")?.addEventListener("click", () => {
  sending.isStopped = true;
  sending.request?.abort();
});

addEventListener("pagehide", () => {  // a page that is closed in the middle leaves nothing
  if (!sending.id) return;
  fetch(`/sessions/${sending.id}`, { method: "DELETE", headers: { "x-scoliogait-token": csrf }, keepalive: true });
});

// Pages come with their buttons disabled: one that is pressed before this script is here would do nothing, or send a token in an address.
function submit(id, work) {
  const button = one(id)?.querySelector("button[type=submit]");
  if (!button) return;
  one(id).addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    tell("");
    await work(event.target).catch((error) => tell(error.message));
    button.disabled = false;
  });
  button.disabled = false;
}

submit("#upload", upload);
submit("#sign-in", async (form) => location.assign((await sendJson("/sign-in", { token: form.token.value })).page));

for (const button of document.querySelectorAll("button[data-send]")) {
  button.addEventListener("click", async () => {
    if (button.dataset.ask && !confirm(button.dataset.ask)) return;
    await send(button.dataset.send, button.dataset.to).then((answer) => location.assign(answer.page), (error) => tell(error.message));
  });
  button.disabled = false;
}

function show(changed) {
  for (const [id, now] of Object.entries(changed)) {
    const place = one(`[data-session="${id}"]`);
    if (!place) continue;
    const [tag, bar] = [place.querySelector(".tag"), place.querySelector("progress")];
    if (tag.textContent !== now.words) tag.textContent = now.words;
    tag.dataset.state = now.state;
    bar.value = now.share;
    bar.hidden = now.final;
    if (now.final && "reload" in place.dataset) location.reload();
  }
}

if (one("[data-session], #list")) {
  const events = new EventSource("/events");
  events.onmessage = (event) => show(JSON.parse(event.data).changed);
  setInterval(async () => {  // where the stream is lost or blocked
    if (events.readyState === EventSource.OPEN) return;
    await fetch("/states").then((answer) => answer.json()).then((now) => show(now.changed ?? {}), () => {});
  }, 2000);
}
