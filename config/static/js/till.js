// The till's screen while it waits: htmx asks the server for news and swaps in what became of the charge. Here is what
// it needs beside that: a word when the line is cut, the way to sign-in when the session is over, and a short sound.
const live = () => document.querySelector("[data-live]");

document.addEventListener("htmx:afterRequest", (event) => {
  const notice = live() && document.querySelector("[data-offline]");
  if (notice) notice.hidden = Boolean(event.detail.successful);
});

// Led elsewhere (to sign in): go there with the whole page, and come back.
document.addEventListener("htmx:beforeSwap", (event) => {
  const answered = live() && event.detail.xhr?.responseURL;
  if (!answered || new URL(answered).pathname === location.pathname) return;
  event.preventDefault();
  location.reload();
});

const chime = () => {
  if (!navigator.userActivation?.hasBeenActive) return; // Browsers want a touch of the page before any sound.
  const audio = new AudioContext();
  const volume = audio.createGain();
  volume.connect(audio.destination);
  volume.gain.setValueAtTime(0.12, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.5);
  for (const [hertz, delay] of [[660, 0], [880, 0.12]]) {
    const tone = audio.createOscillator();
    tone.frequency.value = hertz;
    tone.connect(volume);
    tone.start(audio.currentTime + delay);
    tone.stop(audio.currentTime + 0.5);
  }
};

document.addEventListener("htmx:load", (event) => {
  if (event.target.matches?.(".till-paid")) chime();
});
