// What is livelier with a script. Every page does its work without it.
"use strict";

// A page that waits for something looks again by itself.
for (const waiting of document.querySelectorAll("[data-look-again]")) {
  setTimeout(() => location.reload(), Number(waiting.dataset.lookAgain) * 1000);
}

// One box that ticks all others of its form.
for (const all of document.querySelectorAll("[data-all]")) {
  all.hidden = false;
  all.querySelector("input").addEventListener("change", (event) => {
    for (const box of document.querySelectorAll(`input[name="${all.dataset.all}"]`)) {
      box.checked = event.target.checked;
    }
  });
}

// What is too large is not sent at all.
for (const input of document.querySelectorAll("input[data-most]")) {
  input.addEventListener("change", () => {
    const size = [...input.files].reduce((sum, file) => sum + file.size, 0);
    input.setCustomValidity(size > Number(input.dataset.most) ? input.dataset.tooLarge : "");
  });
}

// Files may be dropped where they may be chosen.
for (const place of document.querySelectorAll(".drop")) {
  const input = place.querySelector("input[type=file]");
  place.addEventListener("dragover", (event) => { event.preventDefault(); place.classList.add("over"); });
  place.addEventListener("dragleave", () => place.classList.remove("over"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    place.classList.remove("over");
    if (event.dataTransfer.files.length > 0) {
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change"));
      input.form.requestSubmit();
    }
  });
}

// Parts of a page that the server keeps up to date.
for (const live of document.querySelectorAll("[data-live]")) {
  const source = new EventSource(live.dataset.live);
  const stale = live.parentElement.querySelector("[data-stale]");
  source.onopen = () => { stale.hidden = true; };
  source.onerror = () => { stale.hidden = false; };
  source.onmessage = (event) => {
    // Who is on a link in there stays on it.
    const link = live.contains(document.activeElement) && document.activeElement.getAttribute("href");
    live.innerHTML = event.data;
    if (link) live.querySelector(`a[href="${CSS.escape(link)}"]`)?.focus();
  };
  addEventListener("pagehide", () => source.close());
}
