/// A list of tensors to write to a safetensors or an npz file, or of one to write to an npy file.
///
///     var writer = TensorFileWriter()
///     writer.metadata["seed"] = "7"
///     try writer.add(.init(name: "q", shape: [128, 64], values: queries))
///     try writer.write(to: "attention.safetensors")
///
/// The file appears whole or not at all: it is written under another name in the same folder,
/// `.name.tmp-PID-random`, and takes its place by a rename.
public struct TensorFileWriter: Sendable {
  /// A place that takes the bytes of a tensor, in as many parts as its source likes.
  public typealias Sink = (RawSpan) throws(TensorFileError) -> Void

  /// A tensor to write.
  public struct Tensor: Sendable {
    /// The name of the tensor.
    public let name: String

    /// The dimensions, the slowest first; empty for a single element.
    public let shape: [Int]

    /// The type of the elements.
    public let element: TensorFileElement

    let source: @Sendable (Sink) throws(TensorFileError) -> Void

    /// A tensor whose bytes are asked for once, when the file is written.
    ///
    /// - Parameters:
    ///   - name: The name of the tensor.
    ///   - shape: The dimensions, the slowest first.
    ///   - element: The type of the elements.
    ///   - source: Calls its argument with the elements, little-endian and in C order, part by part.
    public init(
      name: String, shape: [Int], element: TensorFileElement,
      source: @escaping @Sendable (Sink) throws(TensorFileError) -> Void
    ) {
      self.name = name
      self.shape = shape
      self.element = element
      self.source = source
    }
  }

  /// The text pairs that accompany the tensors.
  ///
  /// They become `__metadata__` in safetensors. In npz they become the comment of the archive, a
  /// JSON object, which may have 65,535 bytes. In npy there is no place for them: they are left out.
  public var metadata: [String: String]

  /// The tensors, in the order in which they were added.
  public private(set) var tensors: [Tensor] = []

  private var names: Set<String> = []

  /// The size in bytes, and the number of members, from which on npz uses zip64.
  ///
  /// Tests lower it; nil stands for the limits of ZIP.
  package var zip64Limit: Int?

  /// A list without tensors.
  ///
  /// - Parameter metadata: The text pairs that accompany the tensors.
  public init(metadata: [String: String] = [:]) {
    self.metadata = metadata
  }

  /// Adds a tensor to the list.
  ///
  /// - Throws: `duplicateName`, `tooManyAxes`, `negativeDimension` or `tooManyElements`.
  public mutating func add(_ tensor: Tensor) throws(TensorFileError) {
    guard !names.contains(tensor.name) else { throw .duplicateName(name: tensor.name) }
    _ = try tensor.byteCount()
    names.insert(tensor.name)
    tensors.append(tensor)
  }

  /// Writes the file, and replaces the one that is there.
  ///
  /// An npy file holds one tensor, without its name and the metadata.
  ///
  /// A symbolic link stays one, and its target is replaced. On an error, the previous file is
  /// intact and nothing is left beside it. Safetensors orders its data by the size of their
  /// elements, the greatest first, and by name; npz keeps the order of the list.
  ///
  /// - Parameter path: The path of the file, which ends in ".safetensors", ".npz" or ".npy".
  /// - Throws: `unknownExtension`, `cannotWrite` with the system's reason, `isDirectory`,
  ///   `notRegularFile`, an error of a tensor's source, or `inFile` with the reason why the
  ///   format cannot hold the tensors or the metadata.
  public func write(to path: String) throws(TensorFileError) {
    let format = try TensorFile.Format(path: path)
    let file = try AtomicFile(replacing: path)
    do throws(TensorFileError) {
      try write(format, to: file)
    } catch {
      // The system's refusal names the file already.
      if case .cannotWrite = error { throw error }
      throw .inFile(path: path, error)
    }
    try file.commit()
  }

  private func write(
    _ format: TensorFile.Format, to file: AtomicFile
  ) throws(TensorFileError) {
    switch format {
    case .safetensors: try SafetensorsWriter(tensors, metadata: metadata).write(to: file)
    case .npy: try NPYWriter(tensors).write(to: file)
    case .npz:
      let limits = zip64Limit.map { ZIPWriter.Limits(size: $0, count: $0) }
      try NPZWriter(tensors, metadata: metadata, limits: limits ?? .init()).write(to: file)
    }
  }
}

extension TensorFileWriter.Tensor {
  /// A tensor of binary32 numbers in an array.
  ///
  /// - Parameters:
  ///   - name: The name of the tensor.
  ///   - shape: The dimensions, the slowest first.
  ///   - values: The numbers in C order, as many as the shape asks for.
  public init(name: String, shape: [Int], values: [Float]) {
    self.init(name: name, shape: shape, element: .f32) { (sink) throws(TensorFileError) in
      try sink(unsafe values.span.bytes)
    }
  }

  /// A tensor of bytes that are in memory or in a file.
  ///
  /// - Parameters:
  ///   - name: The name of the tensor.
  ///   - shape: The dimensions, the slowest first.
  ///   - element: The type of the elements.
  ///   - bytes: The elements in C order.
  public init(name: String, shape: [Int], element: TensorFileElement, bytes: TensorBytes) {
    self.init(name: name, shape: shape, element: element) { (sink) throws(TensorFileError) in
      try bytes.withBytes(sink)
    }
  }

  /// A tensor of bytes that must stay in place until the file is written.
  ///
  /// - Parameters:
  ///   - name: The name of the tensor.
  ///   - shape: The dimensions, the slowest first.
  ///   - element: The type of the elements.
  ///   - bytes: The elements, little-endian and in C order.
  @unsafe
  public init(
    name: String, shape: [Int], element: TensorFileElement,
    unsafeBytes bytes: UnsafeRawBufferPointer
  ) {
    // Sendable by the caller's promise that nobody frees or changes the bytes.
    nonisolated(unsafe) let bytes = unsafe bytes
    self.init(name: name, shape: shape, element: element) { (sink) throws(TensorFileError) in
      try sink(unsafe bytes.bytes)
    }
  }

  /// The bytes that the shape asks for.
  func byteCount() throws(TensorFileError) -> Int {
    try Shape.byteCount(shape, elementSize: element.byteCount, name: name)
  }

  /// Hands all bytes to `sink`, and makes sure that there are as many as the shape asks for.
  ///
  /// - Throws: `wrongSource`, or the error of the source or of the sink.
  func send(to sink: TensorFileWriter.Sink) throws(TensorFileError) {
    let expected = try byteCount()
    var actual = 0
    try source { (bytes) throws(TensorFileError) in
      actual += bytes.byteCount
      guard actual <= expected else { return }
      try sink(bytes)
    }
    guard actual == expected else {
      throw .wrongSource(name: name, expected: expected, actual: actual)
    }
  }
}
