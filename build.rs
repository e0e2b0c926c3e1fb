//! Puts the playground's build where the program embeds it from; a page that says how to get it where there is none, so
//! that the program builds without Node.

use std::{env, error::Error, fs, path::Path};

const WITHOUT_PLAYGROUND: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>partner-center</title>
<h1>The playground is not built in</h1>
<p>The API is at <code>/graphql</code>. For the playground, run
<code>npm ci &amp;&amp; npm run build</code> in <code>playground</code> and build the server again.</p>
</html>
"#;

fn main() -> Result<(), Box<dyn Error>> {
    // A path that is not there would make every build begin anew.
    let watched = if Path::new("playground/dist").exists() { "playground/dist" } else { "playground" };
    println!("cargo::rerun-if-changed={watched}");
    let target = Path::new(&env::var("OUT_DIR")?).join("ui");
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    fs::create_dir_all(&target)?;
    let built = Path::new("playground/dist");
    if built.join("index.html").exists() {
        copy(built, &target)?;
    } else {
        fs::write(target.join("index.html"), WITHOUT_PLAYGROUND)?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
