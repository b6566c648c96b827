internal import CFlashAttention
@_spi(Host) internal import FlashCore

// A caller's memory: inputs are read where they lie, and results written where they belong.

extension Request {
  /// The shapes of tensors.
  var queryShape: [Int] { [shape.batch, shape.heads, shape.queries, shape.headDim] }
  var keyShape: [Int] { [shape.batch, shape.kvHeads, shape.keys, shape.headDim] }
  var valueShape: [Int] { [shape.batch, shape.kvHeads, shape.keys, shape.valueDim] }
  var outputShape: [Int] { [shape.batch, shape.heads, shape.queries, shape.valueDim] }
  var rowShape: [Int] { [shape.batch, shape.heads, shape.queries] }

  /// An input of the type of matrices, unless told otherwise, which is not copied.
  func input(
    _ pointer: UnsafeRawPointer?, _ name: String, _ sizes: [Int], _ type: ElementType? = nil
  ) throws(CallError) -> Tensor {
    let type = type ?? elementType
    let memory = UnsafeRawBufferPointer(
      start: try check(pointer, name, alignment: type.size), count: bytes(sizes, type))
    do throws(AttentionError) {
      return try Tensor(shape: sizes, buffer: HostBuffer(unowned: memory, of: type))
    } catch {
      throw CallError(error)
    }
  }

  /// The mask, where there is one.
  func mask() throws(CallError) -> Tensor? {
    guard let mask = parameters.mask, let planned = plan.options.maskTensor else { return nil }
    return try input(mask, "mask", sizes(planned), .bool)
  }

  /// The bias, where there is one.
  func bias() throws(CallError) -> Tensor? {
    guard let bias = parameters.bias, let planned = plan.options.bias else { return nil }
    return try input(bias, "bias", sizes(planned), planned.elementType)
  }

  /// Memory for a result of the type of matrices, unless told otherwise.
  func result(
    _ pointer: UnsafeMutableRawPointer?, _ name: String, _ sizes: [Int],
    _ type: ElementType? = nil
  ) throws(CallError) -> HostBuffer {
    let type = type ?? elementType
    try check(pointer, name, alignment: type.size)
    return HostBuffer(
      unownedResult: UnsafeMutableRawBufferPointer(start: pointer, count: bytes(sizes, type)),
      of: type)
  }

  /// Copies a result that was not written where it belongs, since the algorithm keeps it otherwise.
  func deliver(_ tensor: Tensor, to buffer: HostBuffer) {
    if tensor.buffer === buffer { return }
    buffer.copyElements(of: tensor.buffer)
  }

  private func sizes(_ planned: ScoreTensor) -> [Int] {
    [planned.batch, planned.heads, planned.queries, planned.keys]
  }

  /// Cannot overflow: a shape's tensors, and those that go with it, have fewer elements.
  private func bytes(_ sizes: [Int], _ type: ElementType) -> Int {
    sizes.reduce(type.size, *)
  }
}
