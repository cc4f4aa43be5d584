//! Output files: they have their name only when they are whole.

use std::fs::{File, Metadata, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file that is being written under a temporary name beside its own. Dropped unfinished, it is gone.
#[derive(Debug)]
pub struct OutputFile {
    path: PathBuf,
    inode: Option<(u64, u64)>,
    target: Target,
}

#[derive(Debug)]
enum Target {
    /// It gets its name when it is finished.
    New(BufWriter<NamedTempFile>),
    /// A device or a pipe, which is written to as it is.
    Special(BufWriter<File>),
}

impl OutputFile {
    /// Creates the file, so that a folder that can't be written to is known before the work starts. A symbolic link is
    /// followed.
    pub fn create(path: &Path) -> io::Result<Self> {
        let known = std::fs::metadata(path).ok();
        if known.as_ref().is_some_and(Metadata::is_dir) {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "this is a folder; name a file in it"));
        }
        let inode = known.as_ref().map(|known| (known.dev(), known.ino()));
        if known.as_ref().is_some_and(|known| !known.is_file()) {
            let file = File::options().write(true).open(path)?;
            return Ok(Self { path: path.to_owned(), inode, target: Target::Special(BufWriter::new(file)) });
        }
        let path = resolve(path)?;
        if known.is_some() {
            // A file that must not be written to is not replaced either.
            File::options().write(true).open(&path)?;
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        // The usual permissions of a new file, less the user's mask; the default of temporary files is private.
        let usual = Permissions::from_mode(0o666);
        let file = tempfile::Builder::new().prefix(".mailpixel-").permissions(usual).tempfile_in(folder)?;
        if let Some(known) = known {
            // The mask is not for the permissions of a file that is replaced.
            file.as_file().set_permissions(Permissions::from_mode(known.permissions().mode() & 0o777))?;
        }
        Ok(Self { path, inode, target: Target::New(BufWriter::new(file)) })
    }

    /// The file's path, without symbolic links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Device and inode of what is there under this name now.
    pub fn inode(&self) -> Option<(u64, u64)> {
        self.inode
    }

    /// Gives the file its name. What had the name before is replaced.
    pub fn finish(self) -> io::Result<()> {
        match self.target {
            Target::New(file) => {
                let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
                file.as_file().sync_all()?;
                file.persist(&self.path).map_err(|error| error.error)?;
                Ok(())
            }
            Target::Special(mut file) => file.flush(),
        }
    }
}

/// The path without symbolic links; what is not there yet has the path that it will have.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    // Links that lead nowhere are followed as far as Linux follows links.
    for _ in 0..40 {
        match path.canonicalize() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            found => return found,
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        match path.read_link() {
            Ok(target) => path = folder.join(target),
            Err(_) => return Ok(folder.canonicalize()?.join(path.file_name().unwrap_or_default())),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.target {
            Target::New(file) => file.write(bytes),
            Target::Special(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.target {
            Target::New(file) => file.flush(),
            Target::Special(file) => file.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report.csv");
        let names = || std::fs::read_dir(folder.path()).expect("a folder").count();
        let mut file = OutputFile::create(&path).expect("created");
        file.write_all(b"half").expect("written");
        drop(file);
        assert_eq!(names(), 0);
        let mut file = OutputFile::create(&path).expect("created");
        file.write_all(b"whole").expect("written");
        file.finish().expect("finished");
        assert_eq!((names(), std::fs::read(&path).expect("there")), (1, b"whole".to_vec()));
        let link = folder.path().join("link.csv");
        std::os::unix::fs::symlink(&path, &link).expect("linked");
        let mut file = OutputFile::create(&link).expect("created");
        file.write_all(b"through the link").expect("written");
        file.finish().expect("finished");
        assert_eq!(std::fs::read(&path).expect("there"), b"through the link");
        let early = folder.path().join("early.csv");
        std::os::unix::fs::symlink("later.csv", &early).expect("linked");
        OutputFile::create(&early).expect("created").finish().expect("finished");
        assert!(early.is_symlink() && folder.path().join("later.csv").is_file());
        let mut null = OutputFile::create(Path::new("/dev/null")).expect("opened");
        null.write_all(b"gone").expect("written");
        null.finish().expect("finished");
        assert!(!std::fs::metadata("/dev/null").expect("there").is_file());
        assert!(OutputFile::create(folder.path()).is_err());
        assert!(OutputFile::create(&folder.path().join("missing/report.csv")).is_err());
    }
    #[test]
    fn keeps_the_permissions_of_what_it_replaces() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report.csv");
        for mode in [0o600, 0o666, 0o640] {
            std::fs::write(&path, "old").expect("written");
            std::fs::set_permissions(&path, Permissions::from_mode(mode)).expect("set");
            OutputFile::create(&path).expect("created").finish().expect("finished");
            assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, mode);
        }
    }
}
