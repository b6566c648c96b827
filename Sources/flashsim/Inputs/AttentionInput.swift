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

  /// The type of the numbers of all tensors.
  var elementType: ElementType { query.elementType }

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
    shape: AttentionShape, query: Tensor, key: Tensor, value: Tensor, outputGradient: Tensor?,
    hasBatch: Bool, paths: [String], remarks: [String]
  ) {
    self.shape = shape
    self.query = query
    self.key = key
    self.value = value
    self.outputGradient = outputGradient
    self.hasBatch = hasBatch
    self.paths = paths
    self.remarks = remarks
  }

  private init(
    paths: [String], needsGradient: Bool, _ entry: (String) throws -> TensorFile.Entry
  ) throws {
    var tensors: [(name: String, tensor: Tensor, element: TensorFileElement)] = []
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
      if entry.element == .bool { throw RunError.truthValues(tensor: name) }
      let buffer = HostBuffer(entry)
      let tensor = try Tensor(
        shape: rank == 3 ? [1] + entry.shape : entry.shape, buffer: buffer)
      tensors.append((name, tensor, entry.element))
      let (nan, infinite) = buffer.specialValues
      if nan + infinite > 0 {
        remarks.append(
          "\(name) has \(nan) NaN and \(infinite) infinite elements; they are computed with as "
            + "IEEE 754 says.")
      }
    }
    // One type for all: theirs, or f32 where they differ.
    let types = Set(tensors.map(\.tensor.elementType))
    let type = types.count == 1 ? tensors[0].tensor.elementType : .f32
    for (name, _, element) in tensors where element.rawValue != type.rawValue {
      remarks.append("\(name) is \(element) in the file and was converted to \(type).")
    }
    let converted = tensors.map { $0.tensor.converted(to: type) }
    shape = try AttentionShape(query: converted[0], key: converted[1], value: converted[2])
    query = converted[0]
    key = converted[1]
    value = converted[2]
    outputGradient = needsGradient ? converted[3] : nil
    hasBatch = first == 4
    self.remarks = remarks
    self.paths = paths
  }
}

extension AttentionInput {
  /// The same numbers in another type.
  func converted(to type: ElementType) -> AttentionInput {
    if type == elementType { return self }
    return AttentionInput(
      shape: shape, query: query.converted(to: type), key: key.converted(to: type),
      value: value.converted(to: type), outputGradient: outputGradient?.converted(to: type),
      hasBatch: hasBatch, paths: paths, remarks: remarks)
  }
}
