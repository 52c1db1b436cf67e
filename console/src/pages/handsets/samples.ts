// Pictures to send for whoever has none at hand, drawn here.

const PARCEL = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 160" width="480" height="320"><rect width="240" height="160" fill="#dcecf2"/><path fill="#c9b8a0" d="M0 122h240v38H0z"/><path fill="#7c5a3c" d="M18 20h62v102H18z"/><path fill="#936b48" d="M26 28h46v94H26z"/><circle cx="64" cy="78" r="3.5" fill="#f3d58a"/><path fill="#c8935a" d="M104 70h98v62h-98z"/><path fill="#dbab74" d="M104 70l12-16h74l12 16z"/><path fill="#b27c45" d="M146 54h14v78h-14z"/><path fill="#fff" d="M168 98h26v22h-26z"/><path stroke="#777" stroke-width="2" d="M172 104h18M172 109h14M172 114h16"/></svg>`;

const MAP = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 160" width="480" height="320"><rect width="240" height="160" fill="#e8ecdf"/><path fill="#bcd9a8" d="M0 0h88v58H0zM150 96h90v64h-90z"/><path fill="#a9cfe4" d="M188 0c-8 30 10 44 0 64s-20 30-6 40l58-8V0z"/><path stroke="#fff" stroke-width="11" fill="none" d="M0 78h170M96 0v160M0 126l150-20 90 8"/><path stroke="#f4d27a" stroke-width="6" fill="none" d="M96 160V78h64"/><path fill="#c0392b" d="M160 84c-12-14-17-20-17-28a17 17 0 0 1 34 0c0 8-5 14-17 28z"/><circle cx="160" cy="56" r="6.5" fill="#fff"/><circle cx="96" cy="148" r="8" fill="#2d6cdf" stroke="#fff" stroke-width="3"/></svg>`;

function sample(name: string, svg: string): { name: string; blob: Blob; url: string } {
  const blob = new Blob([svg], { type: "image/svg+xml" });
  return { name, blob, url: URL.createObjectURL(blob) };
}

export const SAMPLES = [sample("Parcel", PARCEL), sample("Map", MAP)];
