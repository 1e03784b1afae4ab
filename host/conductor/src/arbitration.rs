//! Which of several claims is the app: total, deterministic, and explained. Never first-family-wins.
//!
//! Order: the explicit profile, then a project's own deployment configuration (`declared`), then claims. Claims that
//! only contribute a part go to the planner of the main one. Two that both want to be the app stop the deployment,
//! with the candidates and the one line of configuration that picks each.

use model::profile::Strategy;
use model::view::{AppFacts, Candidate};
use model::{Claim, Code, Confidence, Detection, Failure, Phase, Profile, Remedy, SourceKind};
use std::collections::BTreeMap;

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    /// One app.
    Claimed(Box<Detection>),
    /// Several that do not compose.
    Ambiguous(Vec<Candidate>),
    /// None.
    Undetected,
}

/// Decides from the profile alone, when it says what the app is: then no detector is asked.
pub(crate) fn declared_by_owner(profile: &Profile, kind: SourceKind) -> Option<Detection> {
    let runtime = &profile.runtime;
    let (app_type, because) = match runtime.strategy {
        Strategy::Static => ("static", "runtime.strategy = \"static\""),
        Strategy::Commands => ("commands", "runtime.strategy = \"commands\""),
        Strategy::Dockerfile => ("dockerfile", "runtime.strategy = \"dockerfile\""),
        Strategy::Compose => ("compose", "runtime.strategy = \"compose\""),
        Strategy::Image => ("image", "runtime.strategy = \"image\""),
        Strategy::Auto if kind == SourceKind::StaticDirectory => ("static", "the source is a static directory"),
        Strategy::Auto => return None,
    };
    Some(from_profile(profile, app_type, because))
}

fn from_profile(profile: &Profile, app_type: &str, because: &str) -> Detection {
    let runtime = &profile.runtime;
    let mut facts = BTreeMap::new();
    if app_type == "static" {
        facts.insert("publish".to_owned(), runtime.publish.clone().unwrap_or_else(|| ".".to_owned()));
    }
    Detection {
        claim: Claim {
            plugin: "profile".to_owned(),
            app_type: app_type.to_owned(),
            framework: None,
            confidence: Confidence::Declared,
            contributes: false,
            install: runtime.install.clone(),
            build: runtime.build.clone(),
            start: runtime.start.clone(),
            package_manager: None,
            port: profile.network.port,
            publish: facts.get("publish").cloned(),
            evidence: Vec::new(),
            facts,
        },
        contributions: Vec::new(),
        because: because.to_owned(),
        warnings: Vec::new(),
    }
}

/// Decides between claims.
pub(crate) fn arbitrate(mut claims: Vec<Claim>, profile: &Profile, base: &str) -> Verdict {
    claims.sort_by(|a, b| (&a.app_type, &a.plugin, &a.framework).cmp(&(&b.app_type, &b.plugin, &b.framework)));
    if let Some(wanted) = &profile.runtime.app_type
        && let Some(i) = claims.iter().position(|c| c.app_type == *wanted)
    {
        let main = claims.remove(i);
        let (parts, _) = split(claims);
        return chosen(main, parts, format!("runtime.type = \"{wanted}\""), Vec::new());
    }
    let (parts, mut mains) = split(claims);
    if mains.is_empty() {
        return without_a_main(parts, profile);
    }
    let strongest = mains.iter().map(|c| c.confidence).max().unwrap_or(Confidence::Possible);
    let mut warnings = Vec::new();
    let mut parts = parts;
    match strongest {
        // A project's own deployment configuration outranks what was inferred; that still helps to build it.
        Confidence::Declared => {
            let (declared, inferred) = mains.into_iter().partition(|c| c.confidence == Confidence::Declared);
            mains = declared;
            parts.extend::<Vec<Claim>>(inferred);
        }
        // A mere possibility does not contest what was recognised; it is mentioned.
        Confidence::Certain | Confidence::Likely => mains.retain(|c| {
            let contested = c.confidence > Confidence::Possible;
            if !contested {
                warnings.push(format!("this could also be {}, which is less likely", describe(c)));
            }
            contested
        }),
        Confidence::Possible => {}
    }
    match mains.len() {
        1 => {
            let main = mains.remove(0);
            let because = match strongest {
                Confidence::Declared => "the project's own deployment configuration says so".to_owned(),
                _ => format!("{} is the only one that claims it", main.plugin),
            };
            chosen(main, parts, because, warnings)
        }
        _ => Verdict::Ambiguous(mains.iter().map(|c| candidate(c, base)).collect()),
    }
}

fn split(claims: Vec<Claim>) -> (Vec<Claim>, Vec<Claim>) {
    claims.into_iter().partition(|c| c.contributes)
}

fn chosen(main: Claim, contributions: Vec<Claim>, because: String, warnings: Vec<String>) -> Verdict {
    Verdict::Claimed(Box::new(Detection { claim: main, contributions, because, warnings }))
}

/// Nothing wants to be the app: a lone part is the app, or the profile says enough to run it.
fn without_a_main(mut parts: Vec<Claim>, profile: &Profile) -> Verdict {
    if profile.runtime.start.is_some() {
        return Verdict::Claimed(Box::new(from_profile(profile, "commands", "the profile says how to start it")));
    }
    if profile.runtime.publish.is_some() {
        return Verdict::Claimed(Box::new(from_profile(profile, "static", "the profile says what to publish")));
    }
    if parts.len() == 1 {
        let mut main = parts.remove(0);
        main.contributes = false;
        let because = format!("{} would only contribute, and nothing else claims it", main.plugin);
        return chosen(main, Vec::new(), because, Vec::new());
    }
    Verdict::Undetected
}

fn describe(claim: &Claim) -> String {
    match &claim.framework {
        Some(framework) => format!("{} ({framework})", claim.app_type),
        None => claim.app_type.clone(),
    }
}

fn candidate(claim: &Claim, base: &str) -> Candidate {
    Candidate {
        base: base.to_owned(),
        app: AppFacts::from(claim),
        plugin: claim.plugin.clone(),
        remedy: format!("--set runtime.type={}", claim.app_type),
    }
}

/// The failure for candidates that do not compose.
pub(crate) fn ambiguous(candidates: &[Candidate], input: &str) -> Failure {
    let names: Vec<&str> = candidates.iter().filter_map(|c| c.app.app_type.as_deref()).collect();
    let mut failure = Failure::new(
        Phase::Detect,
        Code::AppTypeAmbiguous,
        format!("this could be {}: say which one is meant", names.join(" or ")),
        input,
    );
    for c in candidates {
        let what = c.app.app_type.as_deref().unwrap_or("?");
        let why = c.app.evidence.first().map_or(String::new(), |e| format!(": {} {}", e.path, e.note));
        failure.details.push(format!("{what} in {} ({}){why}", c.base, c.plugin));
        failure.evidence.extend(c.app.evidence.iter().cloned());
        failure
            .remedies
            .push(Remedy::safe(format!("Deploy it as {what}."), format!("shipway deploy SOURCE {}", c.remedy)));
    }
    failure
}

/// The failure when nothing claims it.
pub(crate) fn undetected(nearest: &[String], input: &str) -> Failure {
    Failure::new(
        Phase::Detect,
        Code::AppTypeUndetected,
        "no plugin recognises this source, and no runtime profile says what it is",
        input,
    )
    .detail(nearest.iter().cloned())
    .remedy(Remedy::safe("Say how it is started.", "shipway deploy SOURCE --set runtime.start='./server --port $PORT'"))
    .remedy(Remedy::safe(
        "Publish it as static files.",
        "shipway deploy SOURCE --set runtime.strategy=static --set runtime.publish=.",
    ))
    .remedy(Remedy::safe("See what each plugin looked for.", "shipway detect SOURCE --explain"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(app_type: &str, confidence: Confidence) -> Claim {
        Claim {
            plugin: format!("shipway/{app_type}@0.1.0"),
            app_type: app_type.into(),
            framework: None,
            confidence,
            contributes: false,
            install: None,
            build: None,
            start: None,
            package_manager: None,
            port: None,
            publish: None,
            evidence: vec![],
            facts: BTreeMap::new(),
        }
    }
    fn app_type(v: Verdict) -> String {
        match v {
            Verdict::Claimed(d) => d.claim.app_type,
            Verdict::Ambiguous(c) => format!("ambiguous: {}", c.len()),
            Verdict::Undetected => "undetected".into(),
        }
    }

    #[test]
    fn two_that_both_want_to_be_the_app_are_ambiguous_whatever_their_order() {
        let (a, b) = (claim("node", Confidence::Certain), claim("python", Confidence::Likely));
        let p = Profile::default();
        let one = arbitrate(vec![a.clone(), b.clone()], &p, ".");
        assert_eq!(one, arbitrate(vec![b, a], &p, "."));
        assert_eq!(app_type(one), "ambiguous: 2");
    }
    #[test]
    fn the_owner_picks_one_of_several() {
        let mut p = Profile::default();
        p.runtime.app_type = Some("python".into());
        let v = arbitrate(vec![claim("node", Confidence::Certain), claim("python", Confidence::Likely)], &p, ".");
        assert_eq!(app_type(v), "python");
    }
    #[test]
    fn declared_outranks_and_keeps_the_others_as_contributions() {
        let v = arbitrate(
            vec![claim("node", Confidence::Certain), claim("procfile", Confidence::Declared)],
            &Profile::default(),
            ".",
        );
        let Verdict::Claimed(d) = v else { panic!("{v:?}") };
        assert_eq!(d.claim.app_type, "procfile");
        assert_eq!(d.contributions.len(), 1);
    }
    #[test]
    fn a_possibility_does_not_contest_a_certainty_and_is_mentioned() {
        let v = arbitrate(
            vec![claim("node", Confidence::Certain), claim("static", Confidence::Possible)],
            &Profile::default(),
            ".",
        );
        let Verdict::Claimed(d) = v else { panic!("{v:?}") };
        assert_eq!(d.claim.app_type, "node");
        assert_eq!(d.warnings.len(), 1);
    }
    #[test]
    fn a_part_alone_is_the_app_and_two_parts_are_not() {
        let part = |t: &str| Claim { contributes: true, ..claim(t, Confidence::Likely) };
        assert_eq!(app_type(arbitrate(vec![part("node")], &Profile::default(), ".")), "node");
        assert_eq!(app_type(arbitrate(vec![part("a"), part("b")], &Profile::default(), ".")), "undetected");
    }
    #[test]
    fn a_profile_that_says_how_to_start_needs_no_detector() {
        let mut p = Profile::default();
        p.runtime.start = Some("./run".into());
        assert_eq!(app_type(arbitrate(vec![], &p, ".")), "commands");
    }
}
