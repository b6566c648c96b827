import Foundation
import TensorFiles
import Testing

@Suite("A mapped file")
struct MappedFileTests {
  @Test("gives the bytes of the file, also if there are none", arguments: [[], [7], [1, 2, 3]])
  func bytes(contents: [UInt8]) throws {
    let scratch = try Scratch()
    let file = try MappedFile(path: scratch.write(Bytes(contents), to: "file"))
    #expect(unsafe file.region.elementsEqual(contents))
    #expect(TensorBytes(file).withBytes { $0.byteCount } == contents.count)
  }

  @Test("is unmapped at the end of its life, not before the last tensor of it")
  func lifetime() throws {
    let scratch = try Scratch()
    let path = try scratch.write(
      .safetensors(#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  "#, .floats(3)),
      to: "life.safetensors")
    var tensor: TensorFile.Entry? = try TensorFile(path: path).tensor(named: "x")
    #expect(tensor?.bytes.isMapped == true)
    #expect(tensor?.floats == [3])
    #if os(Linux)
      func isMapped() throws -> Bool {
        // Not String(contentsOfFile:), which believes the size of 0 that such a file states.
        let maps = try #require(FileHandle(forReadingAtPath: "/proc/self/maps"))
        return String(decoding: try maps.readToEnd() ?? Data(), as: UTF8.self).contains(path)
      }
      #expect(try isMapped())
      tensor = nil
      #expect(try !isMapped())
    #else
      tensor = nil
    #endif
  }

  @Test("that is missing, a folder or a device is refused by its path")
  func refusals() throws {
    let scratch = try Scratch()
    let missing = scratch.path("missing.npy")
    #expect(
      throws: TensorFileError.cannotRead(path: missing, reason: "No such file or directory")
    ) { try TensorFile(path: missing) }
    let folder = scratch.folder.path
    #expect(throws: TensorFileError.isDirectory(path: folder)) { try MappedFile(path: folder) }
    #expect(throws: TensorFileError.notRegularFile(path: "/dev/null")) {
      try MappedFile(path: "/dev/null")
    }
  }

  @Test("that may not be read is refused by its path", .enabled(if: getuid() != 0))
  func permissions() throws {
    let scratch = try Scratch()
    let path = try scratch.write([], to: "secret.npy")
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
    #expect(throws: TensorFileError.cannotRead(path: path, reason: "Permission denied")) {
      try TensorFile(path: path)
    }
  }

  @Test("needs a known extension, in whatever case, to be a tensor file")
  func extensions() throws {
    let supported = [".safetensors", ".npz", ".npy"]
    for path in ["q.bin", "q", "", "npy", "q.npy/"] {
      #expect(throws: TensorFileError.unknownExtension(path: path, supported: supported)) {
        try TensorFile(path: path)
      }
    }
    let scratch = try Scratch()
    let path = try scratch.write(.npy(shape: "(1,)", .floats(2)), to: "a.b.NPY")
    #expect(try TensorFile(path: path).tensor(named: "a.b").floats == [2])
  }
}
