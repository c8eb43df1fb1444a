// Draws points with WebGL 1: all of them from one buffer that never changes, then the selected ones by an index buffer.

const VERTEX = `
attribute vec2 position;
attribute float code;
uniform vec4 view;        // centre, scale to clip space
uniform float size;       // device pixels
uniform vec4 ink;         // a colour for every point; alpha 0: the palette's
uniform float alpha;
uniform sampler2D palette;
varying lowp vec4 tint;
void main() {
  vec4 colour = texture2D(palette, vec2((code + 0.5) / 256.0, 0.5));
  bool shown = colour.a > 0.0;
  colour = ink.a > 0.0 ? ink : colour;
  tint = vec4(colour.rgb, colour.a * alpha);
  gl_Position = shown ? vec4((position - view.xy) * view.zw, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = size + 1.0;
}`

const FRAGMENT = `
precision mediump float;
varying lowp vec4 tint;
uniform float extent;     // size, again: uniforms of one name would have to agree in precision
uniform vec4 rim;         // colour of a thin ring around the point; alpha 0: none
void main() {
  float away = length(gl_PointCoord - 0.5) * (extent + 1.0);
  float cover = clamp(extent * 0.5 + 0.5 - away, 0.0, 1.0);
  if (cover <= 0.0) discard;
  vec4 colour = tint;
  if (rim.a > 0.0) {
    float inner = extent * 0.5 - max(1.0, extent * 0.14);
    colour = mix(rim, tint, clamp(inner + 0.5 - away, 0.0, 1.0));
  }
  float a = colour.a * cover;
  gl_FragColor = vec4(colour.rgb * a, a);
}`

const ATTRIBUTES = { position: 0, code: 1 }

export class Renderer {
  static create(canvas) {
    const gl = canvas.getContext("webgl", { antialias: false, depth: false, stencil: false })
    if (!gl || !gl.getParameter(gl.MAX_VERTEX_TEXTURE_IMAGE_UNITS) || !gl.getExtension("OES_element_index_uint")) return null
    return new Renderer(canvas, gl)
  }

  constructor(canvas, gl) {
    this.canvas = canvas
    this.gl = gl
    this.points = new Float32Array(0)
    this.codes = null
    this.palette = new Uint8Array(1024)
    this.selected = new Uint32Array(0)
    this.start()
  }

  get n() { return this.points.length / 2 }
  get lost() { return this.gl.isContextLost() }

  // Again after the context was lost: everything is still here.
  start() {
    const gl = this.gl
    gl.getExtension("OES_element_index_uint")
    this.program = link(gl)
    this.at = {}
    for (const name of ["view", "size", "extent", "ink", "alpha", "rim", "palette"]) {
      this.at[name] = gl.getUniformLocation(this.program, name)
    }
    this.buffers = { points: gl.createBuffer(), codes: gl.createBuffer(), selected: gl.createBuffer() }
    this.texture = gl.createTexture()
    gl.bindTexture(gl.TEXTURE_2D, this.texture)
    for (const side of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, side, gl.NEAREST)
    for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE)
    gl.useProgram(this.program)
    gl.enable(gl.BLEND)
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA)
    this.setPoints(this.points)
    this.setCodes(this.codes)
    this.setPalette(this.palette)
    this.setSelected(this.selected)
  }

  setPoints(points) {
    const gl = this.gl
    this.points = points
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.points)
    gl.bufferData(gl.ARRAY_BUFFER, points, gl.STATIC_DRAW)
    gl.enableVertexAttribArray(ATTRIBUTES.position)
    gl.vertexAttribPointer(ATTRIBUTES.position, 2, gl.FLOAT, false, 0, 0)
  }

  // One byte a point, its place in the palette; null: all have the palette's first colour.
  setCodes(codes) {
    const gl = this.gl
    this.codes = codes
    if (!codes) {
      gl.disableVertexAttribArray(ATTRIBUTES.code)
      gl.vertexAttrib1f(ATTRIBUTES.code, 0)
      return
    }
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.codes)
    gl.bufferData(gl.ARRAY_BUFFER, codes, gl.DYNAMIC_DRAW)
    gl.enableVertexAttribArray(ATTRIBUTES.code)
    gl.vertexAttribPointer(ATTRIBUTES.code, 1, gl.UNSIGNED_BYTE, false, 0, 0)
  }

  // 256 RGBA colours; alpha 0 hides a point.
  setPalette(palette) {
    const gl = this.gl
    this.palette = palette
    gl.bindTexture(gl.TEXTURE_2D, this.texture)
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, palette)
  }

  setSelected(places) {
    const gl = this.gl
    this.selected = places
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.buffers.selected)
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, places, gl.DYNAMIC_DRAW)
  }

  // `look`: sizes in device pixels, opacities, colours as [r, g, b] of 0 to 1; `most`: points to draw at most.
  draw(camera, look, most = this.n) {
    const { gl, at, canvas } = this
    const scale = camera.scale
    gl.viewport(0, 0, canvas.width, canvas.height)
    gl.clearColor(0, 0, 0, 0)
    gl.clear(gl.COLOR_BUFFER_BIT)
    gl.uniform4f(at.view, camera.x, camera.y, (2 * scale) / camera.width, (2 * scale) / camera.height)
    gl.uniform4f(at.ink, 0, 0, 0, 0)
    gl.uniform4f(at.rim, 0, 0, 0, 0)
    this.pass(look.size, look.alpha)
    gl.drawArrays(gl.POINTS, 0, Math.min(most, this.n))
    if (!this.selected.length) return
    gl.uniform4f(at.ink, ...look.accent, 1)
    gl.uniform4f(at.rim, ...look.background, look.rimmed ? 1 : 0)
    this.pass(look.selectedSize, look.selectedAlpha)
    gl.drawElements(gl.POINTS, this.selected.length, gl.UNSIGNED_INT, 0)
  }

  pass(size, alpha) {
    this.gl.uniform1f(this.at.size, size)
    this.gl.uniform1f(this.at.extent, size)
    this.gl.uniform1f(this.at.alpha, alpha)
  }

  destroy() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext()
  }
}

function link(gl) {
  const program = gl.createProgram()
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind)
    gl.shaderSource(shader, source)
    gl.compileShader(shader)
    gl.attachShader(program, shader)
  }
  for (const [name, place] of Object.entries(ATTRIBUTES)) gl.bindAttribLocation(program, place, name)
  gl.linkProgram(program)
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(`The map's shaders do not compile: ${gl.getProgramInfoLog(program)}`)
  }
  return program
}
