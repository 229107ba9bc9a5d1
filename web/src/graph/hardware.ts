/* Whether WebGL is drawn by graphics hardware. By software it is slower than the plain canvas (measured: docs/benchmarks.md), and a browser may
 * offer it without saying so, so the name of what draws is looked at. */
let hardware: boolean | null = null;

export function hasGraphicsHardware(): boolean {
  if (hardware !== null) return hardware;
  const context = document.createElement('canvas').getContext('webgl2', { failIfMajorPerformanceCaveat: true });
  const details = context?.getExtension('WEBGL_debug_renderer_info');
  const name = context === null ? '' : String(context.getParameter(details?.UNMASKED_RENDERER_WEBGL ?? context.RENDERER));
  hardware = context !== null && !/swiftshader|llvmpipe|softpipe|software|basic render/i.test(name);
  context?.getExtension('WEBGL_lose_context')?.loseContext();
  return hardware;
}

/** For measuring (bench/page/frames.mjs): what this browser is told to draw with, whatever it has. */
export function forcedRenderer(): 'canvas' | 'webgl' | null {
  try {
    const name = window.localStorage.getItem('trimodal.renderer');
    return name === 'canvas' || name === 'webgl' ? name : null;
  } catch { return null; } // storage may be forbidden
}
