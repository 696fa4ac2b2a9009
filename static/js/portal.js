// Comfort on top of pages that work without it: copy buttons, filters that send themselves,
// focus and announcements.
const announcer = document.getElementById("announcer");
const say = words => { announcer.textContent = ""; announcer.textContent = words; };

function start(root) {
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.querySelector("span").textContent = announcer.dataset.copied;
      say(announcer.dataset.copied);
    });
  }
  // <form data-auto-submit>: a changed choice sends the form; its button is then only for typed words.
  for (const form of root.querySelectorAll("form[data-auto-submit]")) {
    form.addEventListener("change", event => {
      if (event.target.matches("select, [type=checkbox], [type=radio]")) form.requestSubmit();
    });
  }
}

// The display menu closes by Escape and by a click elsewhere.
const menu = document.querySelector(".display-menu");
document.addEventListener("keydown", event => {
  if (event.key === "Escape" && menu?.open) { menu.open = false; menu.querySelector("summary").focus(); }
});
document.addEventListener("click", event => {
  if (menu?.open && !menu.contains(event.target)) menu.open = false;
});

// After a failed form the summary of errors has the focus; after a swap by htmx, [data-announce] is read out.
document.querySelector(".error-summary")?.focus();
document.addEventListener("htmx:afterSwap", event => {
  start(event.detail.elt);
  const words = event.detail.elt.querySelector("[data-announce]");
  if (words) say(words.dataset.announce || words.textContent.trim());
  event.detail.elt.querySelector(".error-summary")?.focus();
});
start(document);
