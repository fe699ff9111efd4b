// Gives the text that is hardest to read inside of elements, as [contrast, text]: WCAG's ratio, 1 to 21.
// Colours are read back from a canvas, so that every way to write one counts; opacity counts as what it does.
(elements) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const read = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return { rgb: [red, green, blue], alpha: alpha / 255 };
  };
  const over = (top, alpha, below) => top.map((part, i) => part * alpha + below[i] * (1 - alpha));
  const light = (rgb) => {
    const [red, green, blue] = rgb.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const line = (element) => {
    const up = [];
    for (let one = element; one; one = one.parentElement) up.unshift(one);
    return up;
  };
  const contrast = (element) => {
    let ground = [255, 255, 255];
    let opacity = 1;
    for (const one of line(element)) {
      const style = getComputedStyle(one);
      opacity *= Number(style.opacity);
      const paint = read(style.backgroundColor);
      ground = over(paint.rgb, paint.alpha * opacity, ground);
    }
    const ink = read(getComputedStyle(element).color);
    const seen = over(ink.rgb, ink.alpha * opacity, ground);
    const [low, high] = [light(seen), light(ground)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  let worst = [21, ""];
  for (const element of elements) {
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode.textContent.trim();
      const parent = texts.currentNode.parentElement;
      if (!text || !parent.checkVisibility()) continue;
      const found = contrast(parent);
      if (found < worst[0]) worst = [found, text];
    }
  }
  return worst;
};
