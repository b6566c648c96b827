/// A file of named tensors: safetensors, npz or npy.
///
/// The file is mapped, and a tensor's bytes are pages of it wherever they can be: not if they are
/// compressed, in Fortran order, or at an address that does not suit their type.
///
///     let file = try TensorFile(path: "attention.safetensors")
///     let queries = try file.tensor(named: "q")
///     queries.bytes.withUnsafeBytes { … }
///
/// A tensor whose type is not supported does not prevent the others from being read.
public struct TensorFile: Sendable {
  /// A kind of tensor file.
  public enum Format: String, CaseIterable, Sendable {
    /// A JSON header before the data, <https://github.com/huggingface/safetensors>.
    case safetensors

    /// A ZIP archive of npy files, as `numpy.savez` writes it.
    case npz

    /// A single array, as `numpy.save` writes it.
    case npy

    /// The format that the extension of `path` tells, in whatever case.
    init(path: String) throws(TensorFileError) {
      guard let format = Self(rawValue: FileLocation(path).extension) else {
        throw .unknownExtension(path: path, supported: Self.allCases.map { "." + $0.rawValue })
      }
      self = format
    }
  }

  /// A tensor of a file, and its elements.
  public struct Entry: Sendable {
    /// The name of the tensor.
    public let name: String

    /// The dimensions, the slowest first; empty for a single element.
    public let shape: [Int]

    /// The type of the elements.
    public let element: TensorFileElement

    /// The elements in C order, at an address that is a multiple of their size.
    public let bytes: TensorBytes
  }

  /// What a file says of a tensor, without the elements.
  public struct Layout: Equatable, Sendable {
    /// The name of the tensor.
    public let name: String

    /// The dimensions, the slowest first; empty for a single element.
    public let shape: [Int]

    /// The type of the elements in the words of the file, such as "I64" or "<f4".
    public let dtype: String

    /// The type of the elements, or nil if `tensor(named:)` refuses it.
    public let element: TensorFileElement?
  }

  /// The kind of the file.
  public let format: Format

  /// The text pairs that accompany the tensors.
  ///
  /// They are `__metadata__` in safetensors, and in npz the comment of the archive if it is a JSON
  /// object of strings; npy has none.
  public var metadata: [String: String] { reader.metadata }

  /// The names of all tensors, in the order of their data.
  ///
  /// In npz these are the names of the members without ".npy"; other members are left out. The
  /// array of an npy file is called as the file, without the folder and ".npy".
  public var names: [String] { reader.names }

  private let path: String?
  private let reader: any TensorReader

  /// Opens the file at `path`, whose extension tells its format.
  ///
  /// - Parameter path: The path of a file that ends in ".safetensors", ".npz" or ".npy".
  /// - Throws: `unknownExtension`, the errors of `MappedFile`, or `inFile` with the reason why the
  ///   contents are refused.
  public init(path: String) throws(TensorFileError) {
    let format = try Format(path: path)
    let bytes = TensorBytes(try MappedFile(path: path))
    do throws(TensorFileError) {
      reader = try Self.reader(format, bytes, name: FileLocation(path).stem)
    } catch {
      throw .inFile(path: path, error)
    }
    self.format = format
    self.path = path
  }

  /// Opens a file that is in memory already.
  ///
  /// - Parameters:
  ///   - bytes: The contents of the file.
  ///   - format: The kind of the file.
  ///   - name: The name of the array, if the format has no names.
  /// - Throws: The reason why the contents are refused, without `inFile`.
  package init(
    _ bytes: TensorBytes, format: Format, name: String = "array"
  ) throws(TensorFileError) {
    reader = try Self.reader(format, bytes, name: name)
    self.format = format
    path = nil
  }

  /// The shape and the type of a tensor, of whatever type.
  ///
  /// - Throws: `inFile` with the reason, such as `noTensor`.
  public func layout(named name: String) throws(TensorFileError) -> Layout {
    try located { () throws(TensorFileError) in try reader.layout(named: name) }
  }

  /// A tensor and its elements, which stay in memory as long as `bytes` of the entry.
  ///
  /// Members of npz are inflated and checked against their CRC-32 here, each time.
  ///
  /// - Throws: `inFile` with the reason, such as `noTensor` or `unsupportedElement`.
  public func tensor(named name: String) throws(TensorFileError) -> Entry {
    try located { () throws(TensorFileError) in try reader.tensor(named: name) }
  }

  private static func reader(
    _ format: Format, _ bytes: TensorBytes, name: String
  ) throws(TensorFileError) -> any TensorReader {
    switch format {
    case .safetensors: try SafetensorsReader(bytes)
    case .npz: try NPZReader(bytes)
    case .npy: try NPYReader(bytes, name: name)
    }
  }

  private func located<Result>(
    _ body: () throws(TensorFileError) -> Result
  ) throws(TensorFileError) -> Result {
    do throws(TensorFileError) {
      return try body()
    } catch {
      guard let path else { throw error }
      throw .inFile(path: path, error)
    }
  }
}
