// What is sent for a chosen file. The gateway reads JPEG and PNG; what else a browser can show is sent as
// PNG of the same pixels.
const sentAsIs = ["image/jpeg", "image/png"];

export async function photoBody(file) {
  // PPM, .npy and raw elements have no type that a browser knows: the gateway looks at what is in them.
  if (sentAsIs.includes(file.type) || !file.type.startsWith("image/")) return file;
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    throw new Error(`This browser cannot read ${file.name}; try a JPEG or a PNG.`);
  }
  const canvas = document.createElement("canvas");
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext("2d").drawImage(picture, 0, 0);
  picture.close();
  return new Promise((done, failed) => canvas.toBlob((blob) => {
    if (blob) done(blob);
    else failed(new Error(`${file.name} is too large to be sent as PNG; try a JPEG.`));
  }, "image/png"));
}

/// Calls `chosen(file)` for one that is picked, dropped on `place`, or pasted into the page.
export function onPhoto(place, input, chosen) {
  const first = (list) => {
    if (list?.length > 0) chosen(list[0]);
  };
  input.addEventListener("change", () => first(input.files));
  // Beside the box a dropped file would be opened instead of the page.
  for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());
  place.addEventListener("dragover", () => place.classList.add("over"));
  place.addEventListener("dragleave", () => place.classList.remove("over"));
  place.addEventListener("drop", (event) => {
    place.classList.remove("over");
    first(event.dataTransfer.files);
  });
  addEventListener("paste", (event) => first(event.clipboardData?.files));
}
