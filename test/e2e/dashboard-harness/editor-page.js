// Runs in the page before anything else, in place of the editor: its API, its theme variables, and a report of policy violations.

globalThis.applyTheme = ({ bodyClass, variables }) => {
  if (document.documentElement === null) {
    new MutationObserver((_, observer) => {
      observer.disconnect();
      globalThis.applyTheme({ bodyClass, variables });
    }).observe(document, { childList: true });
    return;
  }
  document.documentElement.style.cssText = "";
  for (const [name, value] of Object.entries(variables)) {
    document.documentElement.style.setProperty(`--vscode-${name}`, value);
  }
  if (document.body) document.body.className = bodyClass;
  else document.addEventListener("DOMContentLoaded", () => (document.body.className = bodyClass), { capture: true });
};

document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile, lineNumber }) => {
  console.error(`policy violation: ${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber}`);
});

globalThis.acquireVsCodeApi = () => ({
  // A webview's channel knows JSON only.
  postMessage: (message) => void globalThis.postToHost(JSON.parse(JSON.stringify(message))),
  getState: () => JSON.parse(sessionStorage.getItem("state")) ?? undefined,
  setState: (state) => sessionStorage.setItem("state", JSON.stringify(state)),
});

// What tests ask about the page.

/** How many pixels of a canvas are not blank, and how bright those are that are opaque (0 to 765). */
globalThis.measureCanvas = (canvas) => {
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  let [painted, opaque, brightness] = [0, 0, 0];
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] > 0) painted += 1;
    if (data[i + 3] <= 200) continue;
    opaque += 1;
    brightness += data[i] + data[i + 1] + data[i + 2];
  }
  return { painted, brightness: brightness / opaque };
};

/** How long each of the frames took in which a box was scrolled on, in milliseconds, ascending. */
globalThis.scrollFrames = async (box, frames, pixels) => {
  const times = [];
  let before = performance.now();
  for (let i = 0; i < frames; i++) {
    box.scrollBy(0, pixels);
    await new Promise((resolve) => requestAnimationFrame(resolve));
    times.push(performance.now() - before);
    before = performance.now();
  }
  return times.sort((a, b) => a - b);
};

/** Resolves when the page has taken in every message that was sent to it before, and has drawn what came of them. */
globalThis.settled = async () => {
  const last = `settled ${Math.random()}`;
  await new Promise((resolve) => {
    addEventListener("message", function listen({ data }) {
      if (data !== last) return;
      removeEventListener("message", listen);
      resolve();
    });
    postMessage(last, "*");
  });
  for (let frames = 0; frames < 2; frames++) await new Promise((resolve) => requestAnimationFrame(resolve));
};

globalThis.pretendHidden = (hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
};
