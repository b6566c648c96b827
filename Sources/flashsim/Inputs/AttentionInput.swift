@_spi(Host) internal import FlashCore
@_spi(Host) internal import HBMSim
internal import TensorFiles

/// Queries, keys and values, with their sizes.
struct AttentionInput {
  let shape: AttentionShape
  let query: Tensor
  let key: Tensor
  let value: Tensor
  /// dO, where it was asked for.
  let outputGradient: Tensor?
  /// Whether the tensors came as [batch, heads, tokens, dim] rather than [heads, tokens, dim].
  let hasBatch: Bool
  /// The files that they come from.
  let paths: [String]
  /// What the user should know of them.
  let remarks: [String]

  /// The tensors `q`, `k`, `v` and, where it is needed, `do` of a file.
  init(path: String, needsGradient: Bool) throws {
    let file = try TensorFile(path: path)
    try self.init(paths: [path], needsGradient: needsGradient) { name in
      try file.tensor(named: name)
    }
  }

  /// The only tensors of three or four files.
  init(query: String, key: String, value: String, outputGradient: String?) throws {
    let paths = ["q": query, "k": key, "v": value, "do": outputGradient]
      .compactMapValues(\.self)
    try self.init(
      paths: [query, key, value, outputGradient].compactMap(\.self),
      needsGradient: outputGradient != nil
    ) { name in
      let file = try TensorFile(path: paths[name] ?? "")
      let names = file.names
      return try file.tensor(named: names.count == 1 ? names[0] : name)
    }
  }

  /// Standard normal tensors.
  init(normal shape: AttentionShape, seed: UInt64) throws(AttentionError) {
    // Seeds of their own, so that equal shapes do not give equal tensors.
    query = try Tensor(
      normal: [shape.batch, shape.heads, shape.queries, shape.headDim], seed: seed &* 3)
    key = try Tensor(
      normal: [shape.batch, shape.kvHeads, shape.keys, shape.headDim], seed: seed &* 3 &+ 1)
    value = try Tensor(
      normal: [shape.batch, shape.kvHeads, shape.keys, shape.valueDim], seed: seed &* 3 &+ 2)
    outputGradient = try Tensor(
      normal: [shape.batch, shape.heads, shape.queries, shape.valueDim], seed: ~seed)
    self.shape = shape
    hasBatch = true
    paths = []
    remarks = []
  }

  private init(
    paths: [String], needsGradient: Bool, _ entry: (String) throws -> TensorFile.Entry
  ) throws {
    var tensors: [Tensor] = []
    var remarks: [String] = []
    var first: Int?
    for name in ["q", "k", "v"] + (needsGradient ? ["do"] : []) {
      let entry = try entry(name)
      let rank = entry.shape.count
      guard rank == 3 || rank == 4 else {
        throw RunError.inputRank(tensor: name, shape: entry.shape)
      }
      if let first, first != rank {
        throw RunError.inputRanks(tensor: name, rank: rank, other: "q", otherRank: first)
      }
      first = rank
      if entry.shape.contains(0) {
        throw RunError.emptyInput(tensor: name, shape: entry.shape)
      }
      let buffer = try HostBuffer(entry, as: name)
      let tensor = try Tensor(
        shape: rank == 3 ? [1] + entry.shape : entry.shape, buffer: buffer)
      tensors.append(tensor)
      if entry.element != .f32 {
        remarks.append("\(name) is \(entry.element) in the file and was converted to f32.")
      }
      let (nan, infinite) = buffer.specialValues
      if nan + infinite > 0 {
        remarks.append(
          "\(name) has \(nan) NaN and \(infinite) infinite elements; they are computed with as "
            + "IEEE 754 says.")
      }
    }
    shape = try AttentionShape(query: tensors[0], key: tensors[1], value: tensors[2])
    query = tensors[0]
    key = tensors[1]
    value = tensors[2]
    outputGradient = needsGradient ? tensors[3] : nil
    hasBatch = first == 4
    self.remarks = remarks
    self.paths = paths
  }
}

extension HostBuffer {
  /// The numbers of a tensor in a file: mapped where they are f32, otherwise converted.
  ///
  /// - Throws: `truthValues` where they are no numbers.
  fileprivate convenience init(_ entry: TensorFile.Entry, as name: String) throws(RunError) {
    let bytes = entry.bytes.region
    switch entry.element {
    case .f32:
      self.init(borrowing: bytes.bindMemory(to: Float.self), owner: entry.bytes)
    case .f64:
      self.init(converting: bytes.bindMemory(to: Double.self)) { Float($0) }
    case .bf16:
      self.init(converting: bytes.bindMemory(to: UInt16.self)) {
        Float(bitPattern: UInt32($0) << 16)
      }
    case .f16:
      self.init(converting: bytes.bindMemory(to: UInt16.self), floatFromHalf)
    case .bool:
      throw .truthValues(tensor: name)
    }
  }

  private convenience init<Source>(
    converting source: UnsafeBufferPointer<Source>, _ convert: (Source) -> Float
  ) {
    self.init(zeros: source.count)
    withMutableElements { elements in
      for i in elements.indices { elements[i] = convert(source[i]) }
    }
  }

  /// How many elements are NaN, and how many infinite.
  fileprivate var specialValues: (nan: Int, infinite: Int) {
    withElements { elements in
      var result = (nan: 0, infinite: 0)
      for i in elements.indices where !elements[i].isFinite {
        if elements[i].isNaN { result.nan += 1 } else { result.infinite += 1 }
      }
      return result
    }
  }
}

/// The value of an IEEE binary16, which Swift's `Float16` has not on every platform.
private func floatFromHalf(_ half: UInt16) -> Float {
  let sign = UInt32(half & 0x8000) << 16
  let magnitude = UInt32(half & 0x7fff)
  if magnitude >= 0x7c00 {
    return Float(bitPattern: sign | 0x7f80_0000 | (magnitude & 0x3ff) << 13)
  }
  // The significand and exponent moved into place are the value times 2⁻¹¹², subnormals included.
  let value = Float(bitPattern: magnitude << 13) * 0x1p112
  return sign == 0 ? value : -value
}
