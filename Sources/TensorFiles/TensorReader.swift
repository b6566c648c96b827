/// A format's way to find tensors in the bytes of a file.
protocol TensorReader: Sendable {
  var metadata: [String: String] { get }
  var names: [String] { get }
  func layout(named name: String) throws(TensorFileError) -> TensorFile.Layout
  func tensor(named name: String) throws(TensorFileError) -> TensorFile.Entry
}
