// Draws points with WebGL 1: all of them from one buffer that never changes, and the selected ones by an index buffer.
//
// The picture of all points is kept as a layer, so that a new selection costs the selected points alone. A new view
// begins with the first points (an even sample) and grows to all in the frames that follow, on a second layer: no frame
// draws more than its budget, however many points there are. Where WebGL itself is software the layers are painted by
// the processor, which is twenty times faster there.

import { Splats } from "./splats.js"

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

const COPY_VERTEX = `
attribute vec2 position;
varying vec2 at;
void main() {
  at = position * 0.5 + 0.5;
  gl_Position = vec4(position, 0.0, 1.0);
}`

const COPY_FRAGMENT = `
precision mediump float;
varying vec2 at;
uniform sampler2D layer;
void main() { gl_FragColor = texture2D(layer, at); }`

const ATTRIBUTES = { position: 0, code: 1 }
const SOFTWARE = /swiftshader|llvmpipe|softpipe|basic render|software/i
const UNIFORMS = ["view", "size", "extent", "ink", "alpha", "rim", "palette"]

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
    this.drew = 0 // points in the last frame, for its pace
    this.splats = SOFTWARE.test(drawnBy(gl)) ? new Splats() : null
    this.start()
  }

  get n() { return this.points.length / 2 }
  get lost() { return this.gl.isContextLost() }

  // Again after the context was lost: everything is still here.
  start() {
    const gl = this.gl
    gl.getExtension("OES_element_index_uint")
    this.program = link(gl, VERTEX, FRAGMENT)
    this.copy = link(gl, COPY_VERTEX, COPY_FRAGMENT)
    this.at = Object.fromEntries(UNIFORMS.map((name) => [name, gl.getUniformLocation(this.program, name)]))
    this.buffers = { points: gl.createBuffer(), codes: gl.createBuffer(), selected: gl.createBuffer(), corners: gl.createBuffer() }
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.corners)
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 3, -1, -1, 3]), gl.STATIC_DRAW)
    this.texture = newTexture(gl)
    this.front = newLayer(gl)
    this.back = newLayer(gl)
    this.version = 0 // of points, codes and palette
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
    this.version++
  }

  // One byte a point, its place in the palette; null: all have the palette's first colour.
  setCodes(codes) {
    const gl = this.gl
    this.codes = codes
    this.version++
    if (!codes) return
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.codes)
    gl.bufferData(gl.ARRAY_BUFFER, codes, gl.DYNAMIC_DRAW)
  }

  // 256 RGBA colours; alpha 0 hides a point.
  setPalette(palette) {
    const gl = this.gl
    this.palette = palette
    this.version++ // every point has to be drawn again
    gl.bindTexture(gl.TEXTURE_2D, this.texture)
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, palette)
  }

  setSelected(places) {
    const gl = this.gl
    this.selected = places
    this.stale = true
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.buffers.selected)
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, places, gl.DYNAMIC_DRAW)
  }

  // Draws what fits in a frame; true when all points are there. `looks(part)`: sizes in device pixels, opacities and
  // colours when that part of the points is drawn.
  draw(camera, looks, budget) {
    const { canvas } = this
    this.drew = 0
    const view = [camera.x, camera.y, camera.scale, canvas.width, canvas.height].join()
    const whole = looks(1)
    const key = [view, whole.size, whole.alpha, this.version].join()
    if (this.front.view !== view) {
      const part = Math.min(this.n, budget)
      const look = looks(part / Math.max(this.n, 1))
      this.back.key = ""
      this.begin(this.front, view, part < this.n ? "" : key, look)
      this.drawPoints(this.front, camera, look, 0, part)
      this.stale = true
    } else if (this.front.key !== key) {
      if (this.back.key !== key) this.begin(this.back, view, key, whole)
      const to = Math.min(this.n, this.back.done + budget)
      this.drawPoints(this.back, camera, whole, this.back.done, to)
      this.back.done = to
      if (to >= this.n) [this.front, this.back] = [this.back, this.front]
    }
    const done = this.front.key === key
    if (done) this.compose(camera, whole)
    else if (this.stale) this.compose(camera, whole, budget)
    return done
  }

  // The kept layer, and over it the selected points (the first `most`: an even sample of them).
  compose(camera, look, most = this.selected.length) {
    const { gl, at } = this
    this.stale = false
    gl.bindFramebuffer(gl.FRAMEBUFFER, null)
    gl.viewport(0, 0, this.canvas.width, this.canvas.height)
    gl.useProgram(this.copy)
    gl.disable(gl.BLEND)
    gl.bindTexture(gl.TEXTURE_2D, this.front.texture)
    this.attribute(ATTRIBUTES.position, this.buffers.corners, 2, gl.FLOAT)
    gl.disableVertexAttribArray(ATTRIBUTES.code)
    gl.drawArrays(gl.TRIANGLES, 0, 3)
    if (!this.selected.length) return
    this.prepare(camera, look.selectedSize, look.selectedAlpha)
    gl.uniform4f(at.ink, ...look.accent, look.coloured ? 0 : 1)
    gl.uniform4f(at.rim, ...look.rim, look.rimmed ? 1 : 0)
    gl.drawElements(gl.POINTS, Math.min(most, this.selected.length), gl.UNSIGNED_INT, 0)
  }

  begin(layer, view, key, look) {
    const { gl, canvas } = this
    Object.assign(layer, { view, key, done: 0 })
    if (this.splats) {
      this.splats.begin(canvas.width, canvas.height, look, this.palette)
      return
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, layer.framebuffer)
    if (layer.width !== canvas.width || layer.height !== canvas.height) {
      Object.assign(layer, { width: canvas.width, height: canvas.height })
      gl.bindTexture(gl.TEXTURE_2D, layer.texture)
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, layer.width, layer.height, 0, gl.RGBA, gl.UNSIGNED_BYTE, null)
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, layer.texture, 0)
    }
    gl.clearColor(0, 0, 0, 0)
    gl.clear(gl.COLOR_BUFFER_BIT)
  }

  drawPoints(layer, camera, look, from, to) {
    const { gl, at } = this
    this.drew = to - from
    if (this.splats) {
      this.splats.paint(this.points, this.codes, camera, from, to)
      if (layer === this.front || to >= this.n) this.putPicture(layer)
      return
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, layer.framebuffer)
    gl.viewport(0, 0, layer.width, layer.height)
    this.prepare(camera, look.size, look.alpha)
    gl.uniform4f(at.ink, 0, 0, 0, 0)
    gl.uniform4f(at.rim, 0, 0, 0, 0)
    gl.drawArrays(gl.POINTS, from, to - from)
  }

  putPicture(layer) {
    const { gl, splats } = this
    gl.bindTexture(gl.TEXTURE_2D, layer.texture)
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, splats.width, splats.height, 0, gl.RGBA, gl.UNSIGNED_BYTE, splats.picture())
  }

  prepare(camera, size, alpha) {
    const { gl, at } = this
    gl.useProgram(this.program)
    gl.enable(gl.BLEND)
    gl.bindTexture(gl.TEXTURE_2D, this.texture)
    this.attribute(ATTRIBUTES.position, this.buffers.points, 2, gl.FLOAT)
    if (this.codes) this.attribute(ATTRIBUTES.code, this.buffers.codes, 1, gl.UNSIGNED_BYTE)
    else {
      gl.disableVertexAttribArray(ATTRIBUTES.code)
      gl.vertexAttrib1f(ATTRIBUTES.code, 0)
    }
    gl.uniform4f(at.view, camera.x, camera.y, (2 * camera.scale) / camera.width, (2 * camera.scale) / camera.height)
    gl.uniform1f(at.size, size)
    gl.uniform1f(at.extent, size)
    gl.uniform1f(at.alpha, alpha)
  }

  attribute(place, buffer, parts, type) {
    const { gl } = this
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer)
    gl.enableVertexAttribArray(place)
    gl.vertexAttribPointer(place, parts, type, false, 0, 0)
  }

  destroy() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext()
  }
}

function drawnBy(gl) {
  const told = gl.getExtension("WEBGL_debug_renderer_info")
  return String(gl.getParameter(told ? told.UNMASKED_RENDERER_WEBGL : gl.RENDERER))
}

function newTexture(gl) {
  const texture = gl.createTexture()
  gl.bindTexture(gl.TEXTURE_2D, texture)
  for (const side of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, side, gl.NEAREST)
  for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE)
  return texture
}

function newLayer(gl) {
  return { texture: newTexture(gl), framebuffer: gl.createFramebuffer(), width: 0, height: 0, view: "", key: "", done: 0 }
}

function link(gl, vertex, fragment) {
  const program = gl.createProgram()
  for (const [kind, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
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
