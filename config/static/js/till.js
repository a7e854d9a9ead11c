// The till's screens: htmx sends what is tapped and asks the server for news, so a cut line leaves the screen as it is. Here
// is what it needs beside that: a word when the line is cut, the way elsewhere when the session is over, and a short sound.
const SERVER_DOWN = 500;
const live = () => document.querySelector("[data-live]");

document.addEventListener("htmx:afterRequest", (event) => {
  const notice = document.querySelector(".till [data-offline]");
  const { status } = event.detail.xhr;
  if (notice) notice.hidden = status > 0 && status < SERVER_DOWN;
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, boosted } = event.detail;
  if (!document.querySelector(".till") || xhr.status >= SERVER_DOWN) return;
  const elsewhere = new URL(xhr.responseURL).pathname !== location.pathname;
  if (boosted && /<div class="till[ "]/.test(xhr.responseText)) {
    event.detail.shouldSwap = true; // what is wrong with a form comes as an error's status
    event.detail.isError = false;
  } else if (boosted ? true : live() && elsewhere) {
    // Led elsewhere, to sign in for one: go there with the whole page.
    event.preventDefault();
    if (boosted) location.assign(xhr.responseURL);
    else location.reload();
  }
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
