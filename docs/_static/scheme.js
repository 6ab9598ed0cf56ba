// The reader's scheme: the one chosen before, or the system's. Without a script pages are light.
if (!localStorage.getItem("mode")) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  Object.assign(document.documentElement.dataset, { mode: "auto", theme: dark ? "dark" : "light" });
}
