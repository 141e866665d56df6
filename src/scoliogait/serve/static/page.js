"use strict";
const one = (selector) => document.querySelector(selector);
const csrf = one("meta[name=csrf]").content;

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
    throw new Error("The server did not take it, or is not there any more. Look whether it runs, then try again.");
  }
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(content.error || `The server said ${answer.status}.`);
  return content;
}

const sendJson = (to, content) => send("POST", to, JSON.stringify(content), { "content-type": "application/json" });

const headerText = (text) => encodeURIComponent(text.toWellFormed?.() ?? text);

function sendFile(to, file, moved) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();  // fetch does not say how much it has sent
    request.open("PUT", to);
    request.setRequestHeader("x-scoliogait-token", csrf);
    request.setRequestHeader("x-file-name", headerText(file.name.slice(-200)));
    request.upload.onprogress = (event) => moved(event.loaded / Math.max(1, file.size));
    request.onerror = () => failed(new Error(`${file.name}: the server did not take it; send it again.`));
    request.onload = () => {
      let content = {};
      try { content = JSON.parse(request.responseText); } catch { /* no words came with it */ }
      if (request.status < 300) done(content); else failed(new Error(content.error || `${file.name}: refused.`));
    };
    request.send(file);
  });
}

async function upload(form) {
  const files = [...form.files.files];
  const [most, mostFiles] = [Number(form.dataset.most), Number(form.dataset.files)];
  const large = files.find((file) => file.size > most);
  if (large) throw new Error(`${large.name}: at most ${Math.floor(most / 2 ** 20)} MB are taken. Give a shorter part.`);
  const groups = form.together.value === "yes" ? [files] : files.map((file) => [file]);
  if (groups[0].length > mostFiles) throw new Error(`A session takes at most ${mostFiles} files.`);
  one("#sending").hidden = false;
  const problems = [];
  let to = "/", n = 0;
  for (const group of groups) {
    let id = "";
    try {
      id = (await sendJson("/sessions", { person: form.person.value, keeps: form.keeps.checked })).id;
      for (const file of group) {
        n += 1;
        one("#sent-name").textContent = `${n} of ${files.length}: ${file.name}`;
        await sendFile(`/sessions/${id}/files`, file, (share) => { one("#sent").value = share; });
      }
      to = (await send("POST", `/sessions/${id}/start`)).page;
    } catch (error) {
      problems.push(error.message);
      if (id) await send("DELETE", `/sessions/${id}`).catch(() => {});
    }
  }
  one("#sending").hidden = true;
  if (problems.length) throw new Error(problems.join(" "));
  location.assign(groups.length > 1 ? "/" : to);
}

function submit(id, work) {
  one(id)?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.target.querySelector("button");
    button.disabled = true;
    tell("");
    await work(event.target).catch((error) => tell(error.message));
    button.disabled = false;
  });
}

submit("#upload", upload);
submit("#sign-in", async (form) => location.assign((await sendJson("/sign-in", { token: form.token.value })).page));

for (const button of document.querySelectorAll("button[data-send]")) {
  button.addEventListener("click", async () => {
    if (button.dataset.ask && !confirm(button.dataset.ask)) return;
    await send(button.dataset.send, button.dataset.to).then((answer) => location.assign(answer.page), (error) => tell(error.message));
  });
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

if (one("[data-session]")) {
  const events = new EventSource("/events");
  events.onmessage = (event) => show(JSON.parse(event.data).changed);
  setInterval(async () => {  // where the stream is lost or blocked
    if (events.readyState === EventSource.OPEN) return;
    await fetch("/states").then((answer) => answer.json()).then((now) => show(now.changed ?? {}), () => {});
  }, 2000);
}
