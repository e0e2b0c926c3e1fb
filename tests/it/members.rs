//! Members and roles, through the API.

use serde_json::{Value, json};

use crate::support::{Client, Server, id, story, story_with};

pub const ADMINISTRATOR: &str = "rol_00000000000000000000000001";
const DIRECTOR: &str = "rol_00000000000000000000000002";
pub const MANAGER: &str = "rol_00000000000000000000000003";
const FINANCE: &str = "rol_00000000000000000000000004";

/// Runs a mutation with one input and gives its payload.
pub async fn change(client: &Client, mutation: &str, input: Value, answer: &str) -> Value {
    let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    let kind = match mutation {
        "lockMember" | "unlockMember" => "MemberInput",
        _ => &kind,
    };
    let query = format!(
        "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {answer} userErrors {{ code field message }} }} }}"
    );
    client.run(&query, json!({ "input": input })).await.data()[mutation].clone()
}

const SHOWN: &str = "member { id roles details { username email(reveal: true) status mustChangePassword permissions \
    roles { id name type } } } warnings";

pub fn ann(roles: &[&str]) -> Value {
    json!({
        "username": "Ann", "name": "Ann Lee", "email": "Ann@example.com", "mobileNumber": "+65 1931 2340",
        "roles": roles, "initialPassword": "first-password-1",
    })
}

async fn create(client: &Client, input: Value) -> Value {
    change(client, "createMember", input, SHOWN).await
}

pub async fn created(client: &Client, input: Value) -> String {
    let payload = create(client, input).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload}");
    payload["member"]["id"].as_str().unwrap().to_owned()
}

async fn sign_in(server: &Server, account: &str, member: &str, password: &str) -> Value {
    let query = "mutation($account: String!, $member: String!, $password: String!) { signIn(input: { accountName: \
        $account, memberName: $member, password: $password }) { accessToken userErrors { code } } }";
    let variables = json!({ "account": account, "member": member, "password": password });
    server.stranger().run(query, variables).await.data()["signIn"].clone()
}

/// Changes the initial password, and gives a client that is signed in.
pub async fn first_sign_in(server: &Server, account: &str, member: &str, old: &str, new: &str) -> Client {
    let input = json!({ "accountName": account, "memberName": member, "password": old, "newPassword": new });
    let payload = change(&server.stranger(), "changeInitialPassword", input, "accessToken").await;
    let token = payload["accessToken"].as_str().unwrap_or_else(|| panic!("{payload}"));
    server.stranger().with_token(token)
}

/// R-ORG-34, R-ORG-35, R-ORG-06, R-INF-02: from creation to the first day's work.
#[tokio::test]
async fn a_member_changes_its_password_first_and_then_works() {
    story(|server| async move {
        let administrator = server.sign_in("reseller-1a").await;
        let payload = create(&administrator, ann(&[FINANCE])).await;
        assert_eq!(payload["userErrors"], json!([]), "{payload}");
        let details = &payload["member"]["details"];
        assert_eq!(details["username"], "ann");
        assert_eq!((&details["status"], &details["mustChangePassword"]), (&json!("NORMAL"), &json!(true)));
        assert!(details["permissions"].as_array().unwrap().contains(&json!("finance.pay")), "{details}");

        let answer = sign_in(&server, "reseller-1a", "ann", "first-password-1").await;
        assert_eq!(answer["userErrors"][0]["code"], "PASSWORD_CHANGE_REQUIRED", "{answer}");
        assert_eq!(answer["accessToken"], Value::Null);
        let again = json!({ "accountName": "reseller-1a", "memberName": "ann", "password": "first-password-1" });
        for (password, code) in [
            ("short1", "WEAK_PASSWORD"),
            ("onlyletters", "WEAK_PASSWORD"),
            ("with space 1", "WEAK_PASSWORD"),
            ("first-password-1", "WEAK_PASSWORD"),
        ] {
            let mut input = again.clone();
            input["newPassword"] = json!(password);
            let payload = change(&server.stranger(), "changeInitialPassword", input, "accessToken").await;
            assert_eq!(payload["userErrors"][0]["code"], code, "{password}: {payload}");
        }
        let mut input = again.clone();
        input["password"] = json!("wrong-password-1");
        input["newPassword"] = json!("second-password-2");
        let payload = change(&server.stranger(), "changeInitialPassword", input, "accessToken").await;
        assert_eq!(payload["userErrors"][0]["code"], "SIGN_IN_FAILED", "{payload}");

        let ann = first_sign_in(&server, "reseller-1a", "ann", "first-password-1", "second-password-2").await;
        let viewer =
            ann.ask("{ viewer { rows permissions member { details { lastLoginAt mustChangePassword } } } }").await;
        assert_eq!(viewer["viewer"]["rows"], "ALL");
        assert_eq!(viewer["viewer"]["member"]["details"]["mustChangePassword"], false);
        assert_ne!(viewer["viewer"]["member"]["details"]["lastLoginAt"], Value::Null);
        for name in ["ann", "ANN", "ann@example.com", "Ann@Example.com"] {
            let answer = sign_in(&server, "reseller-1a", name, "second-password-2").await;
            assert_ne!(answer["accessToken"], Value::Null, "{name}: {answer}");
        }
        assert_eq!(ann.run("{ members { nodes { id } } }", Value::Null).await.code(), "FORBIDDEN");
        server
    })
    .await;
}

/// R-ORG-07 … R-ORG-10 and what else can be wrong with a new member; nothing is created.
#[tokio::test]
async fn what_is_wrong_with_a_member_is_told() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let count = async || client.ask("{ members { totalCount } }").await["members"]["totalCount"].clone();
        let before = count().await;
        let with = |key: &str, value: Value| {
            let mut input = ann(&[MANAGER]);
            input[key] = value;
            input
        };
        for (input, code, field) in [
            (ann(&[]), "ROLE_REQUIRED", "roles"),
            (ann(&[MANAGER, DIRECTOR]), "ROLE_CONFLICT", "roles"),
            (ann(&[ADMINISTRATOR, FINANCE]), "ROLE_CONFLICT", "roles"),
            (ann(&[FINANCE, FINANCE]), "ROLE_CONFLICT", "roles"),
            (ann(&["rol_00000000000000000000000007"]), "ROLE_CONFLICT", "roles"),
            (ann(&["rol_0000000000000000000000zzzz"]), "NOT_FOUND", "roles"),
            (ann(&[FINANCE, MANAGER, DIRECTOR, ADMINISTRATOR]), "TOO_MANY_ROLES", "roles"),
            (with("username", json!("1ann")), "INVALID_INPUT", "username"),
            (with("username", json!("Administrator")), "USERNAME_TAKEN", "username"),
            (with("email", json!("nowhere")), "INVALID_INPUT", "email"),
            (with("email", json!("Office@reseller-1a.example")), "EMAIL_TAKEN", "email"),
            (with("mobileNumber", json!("call me")), "INVALID_INPUT", "mobileNumber"),
            (with("name", json!(" ")), "INVALID_INPUT", "name"),
            (with("initialPassword", json!("password")), "WEAK_PASSWORD", "password"),
        ] {
            let payload = create(&client, input.clone()).await;
            assert_eq!(payload["userErrors"][0]["code"], code, "{input}: {payload}");
            assert_eq!(payload["userErrors"][0]["field"][0], field, "{payload}");
        }
        assert_eq!(count().await, before);
        server
    })
    .await;
}

/// R-ORG-22, R-ORG-23, R-ORG-24: what an administrator does to a member counts at once.
#[tokio::test]
async fn locking_and_resetting_end_what_runs() {
    story(|server| async move {
        let administrator = server.sign_in("reseller-1a").await;
        let member = created(&administrator, ann(&[FINANCE])).await;
        let input = json!({ "memberId": member });
        let ann = first_sign_in(&server, "reseller-1a", "ann", "first-password-1", "second-password-2").await;
        let mut socket = server.socket(&ann).await;
        socket.subscribe("1", "subscription { events { id } }", Value::Null).await;
        let payload = change(&administrator, "lockMember", input.clone(), SHOWN).await;
        assert_eq!(payload["member"]["details"]["status"], "LOCKED", "{payload}");
        assert_eq!(ann.run("{ viewer { currency } }", Value::Null).await.code(), "UNAUTHENTICATED");
        assert_eq!(socket.closed().await, 4403, "the stream ends");
        let locked = sign_in(&server, "reseller-1a", "ann", "second-password-2").await;
        let wrong = sign_in(&server, "reseller-1a", "nobody", "second-password-2").await;
        assert_eq!(locked, wrong, "a locked member is answered like one that does not exist");

        change(&administrator, "unlockMember", input.clone(), SHOWN).await;
        let back = sign_in(&server, "reseller-1a", "ann", "second-password-2").await;
        let ann = server.stranger().with_token(back["accessToken"].as_str().unwrap());
        let reset = json!({ "memberId": member, "password": "third-password-3" });
        let payload = change(&administrator, "resetMemberPassword", reset, SHOWN).await;
        assert_eq!(payload["member"]["details"]["mustChangePassword"], true, "{payload}");
        assert_eq!(ann.run("{ viewer { currency } }", Value::Null).await.code(), "UNAUTHENTICATED");
        let old = sign_in(&server, "reseller-1a", "ann", "second-password-2").await;
        assert_eq!(old["userErrors"][0]["code"], "SIGN_IN_FAILED");
        let ann = first_sign_in(&server, "reseller-1a", "ann", "third-password-3", "fourth-password-4").await;

        let new = json!({
            "memberId": member, "name": "Ann Lim", "email": "lim@example.com", "mobileNumber": "6519312341",
        });
        let payload = change(&administrator, "updateMember", new, SHOWN).await;
        assert_eq!(payload["member"]["details"]["email"], "lim@example.com", "{payload}");
        assert_eq!(payload["member"]["details"]["username"], "ann");
        assert_eq!(ann.ask("{ viewer { currency } }").await["viewer"]["currency"], "USD");
        server
    })
    .await;
}

/// A deleted member is gone, its name stays taken and stands in records; its customers are nobody's.
#[tokio::test]
async fn a_deleted_member_leaves_records_and_nothing_else() {
    story(|server| async move {
        let administrator = server.sign_in("reseller-1a").await;
        let found = administrator.ask("{ members(filter: { search: \"mana\" }) { nodes { id } } }").await;
        let manager = found["members"]["nodes"][0]["id"].clone();
        let looked_after = "query($id: ID!) { customer(id: $id) { accountManager { id } } }";
        let ask = json!({ "id": id("customer-1a1") });
        let before = administrator.run(looked_after, ask.clone()).await.data();
        assert_eq!(before["customer"]["accountManager"]["id"], manager);
        let deleted = change(&administrator, "deleteMember", json!({ "memberId": manager }), "deletedId").await;
        assert_eq!(deleted["deletedId"], manager, "{deleted}");
        let after = administrator.run(looked_after, ask).await.data();
        assert_eq!(after["customer"]["accountManager"], Value::Null);
        assert_eq!(sign_in(&server, "reseller-1a", "manager", "demo-password").await["accessToken"], Value::Null);
        let mut again = ann(&[FINANCE]);
        again["username"] = json!("manager");
        assert_eq!(create(&administrator, again).await["userErrors"][0]["code"], "USERNAME_TAKEN");
        let twice = change(&administrator, "deleteMember", json!({ "memberId": manager }), "deletedId").await;
        assert_eq!(twice["userErrors"][0]["code"], "NOT_FOUND");
        let history = administrator
            .run(
                "query($id: ID!) { accountManagerAssignments(filter: { memberId: $id }) { nodes { until member { id name \
                 } } } }",
                json!({ "id": manager }),
            )
            .await
            .data();
        let rows = history["accountManagerAssignments"]["nodes"].as_array().unwrap().clone();
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|row| row["until"] != Value::Null && row["member"]["name"] != Value::Null), "{rows:?}");
        server
    })
    .await;
}

/// Nobody locks, deletes or demotes itself or the holder; nobody reaches members of other accounts.
#[tokio::test]
async fn the_holder_oneself_and_strangers_cannot_be_changed() {
    story(|server| async move {
        let holder = server.sign_in("reseller-1a").await;
        let own = holder.ask("{ viewer { member { id } } }").await["viewer"]["member"]["id"].clone();
        let second = created(&holder, ann(&[ADMINISTRATOR])).await;
        let second_signed = first_sign_in(&server, "reseller-1a", "ann", "first-password-1", "second-password-2").await;
        let foreign = server.sign_in("reseller-1b").await.ask("{ viewer { member { id } } }").await;
        let foreign = foreign["viewer"]["member"]["id"].clone();
        for mutation in ["lockMember", "deleteMember", "resetMemberPassword", "assignMemberRoles"] {
            let input = |member: &Value| match mutation {
                "resetMemberPassword" => json!({ "memberId": member, "password": "fifth-password-5" }),
                "assignMemberRoles" => json!({ "memberId": member, "roles": [FINANCE] }),
                _ => json!({ "memberId": member }),
            };
            for (client, member, code) in [
                (&holder, &own, "FORBIDDEN"),
                (&second_signed, &own, "FORBIDDEN"),
                (&second_signed, &json!(second), "FORBIDDEN"),
                (&second_signed, &foreign, "NOT_FOUND"),
                (&second_signed, &json!("mem_00000000000000000000000000"), "NOT_FOUND"),
            ] {
                let payload = change(client, mutation, input(member), "__typename").await;
                assert_eq!(payload["userErrors"][0]["code"], code, "{mutation} {member}: {payload}");
            }
        }
        server
    })
    .await;
}

pub async fn make_role(client: &Client, name: &str, permissions: &[&str]) -> Value {
    let input = json!({ "name": name, "description": "d", "permissions": permissions });
    change(client, "createRole", input, "role { id name type permissions userCount }").await
}

/// R-ORG-03, R-ORG-16 … R-ORG-19: the life of a role.
#[tokio::test]
async fn accounts_make_roles_of_their_own() {
    story_with(
        |settings| settings.custom_roles = 2,
        |server| async move {
            let administrator = server.sign_in("reseller-1b").await;
            let made = make_role(&administrator, "Analyst", &["statistics.customer", "customer.view"]).await;
            let role = &made["role"];
            let allowed = role["permissions"].as_array().unwrap_or_else(|| panic!("{made}")).clone();
            assert!(allowed.contains(&json!("home.view")) && allowed.contains(&json!("customer.view")), "R-ORG-17");
            assert!(!allowed.contains(&json!("customer.budget")));
            for (name, permissions, code) in [
                ("analyst", ["customer.view"], "CONFLICT"),
                ("Other", ["customer.export"], "PERMISSION_NOT_GRANTABLE"),
                ("Other", ["customer.rob"], "PERMISSION_NOT_GRANTABLE"),
                (" ", ["customer.view"], "INVALID_INPUT"),
            ] {
                let payload = make_role(&administrator, name, &permissions).await;
                assert_eq!(payload["userErrors"][0]["code"], code, "{name}: {payload}");
            }
            make_role(&administrator, "Second", &["customer.view"]).await;
            let third = make_role(&administrator, "Third", &["customer.view"]).await;
            assert_eq!(third["userErrors"][0]["code"], "ROLE_LIMIT_REACHED", "R-ORG-16");

            let id = role["id"].as_str().unwrap();
            created(&administrator, ann(&[id])).await;
            let ann = first_sign_in(&server, "reseller-1b", "ann", "first-password-1", "second-password-2").await;
            ann.ask("{ customers { totalCount } }").await;
            let freeze = "mutation($id: ID!) { freezeAccount(input: { customerIds: [$id], reason: \"x\" }) \
                { userErrors { code } } }";
            let customer = json!({ "id": crate::support::id("customer-1b1") });
            assert_eq!(ann.run(freeze, customer.clone()).await.code(), "FORBIDDEN");
            let more = json!({ "roleId": id, "name": "Analyst", "permissions": ["customer.view", "customer.freeze"] });
            change(&administrator, "updateRole", more, "role { id }").await;
            let frozen = ann.run(freeze, customer).await.data();
            assert_eq!(frozen["freezeAccount"]["userErrors"], json!([]), "R-ORG-08: {frozen}");

            let uses = administrator.ask("{ roles { id name type userCount } }").await;
            let uses = uses["roles"].as_array().unwrap().clone();
            let names: Vec<_> = uses.iter().map(|role| role["name"].as_str().unwrap()).collect();
            assert_eq!(
                names,
                ["ADMINISTRATOR", "ACCOUNT_DIRECTOR", "ACCOUNT_MANAGER", "FINANCE_SPECIALIST", "Analyst", "Second"]
            );
            assert_eq!((&uses[2]["userCount"], &uses[4]["userCount"]), (&json!(0), &json!(1)));
            let holders = administrator
                .run(
                    "query($id: ID!) { members(filter: { roleId: $id }) { totalCount nodes { roles } } }",
                    json!({ "id": id }),
                )
                .await
                .data();
            assert_eq!(holders["members"], json!({ "totalCount": 1, "nodes": [{ "roles": ["CUSTOM"] }] }));

            for (role, code) in [(id, "ROLE_IN_USE"), (MANAGER, "SYSTEM_ROLE")] {
                let payload = change(&administrator, "deleteRole", json!({ "roleId": role }), "deletedId").await;
                assert_eq!(payload["userErrors"][0]["code"], code, "{payload}");
            }
            let second = uses[5]["id"].as_str().unwrap();
            let gone = change(&administrator, "deleteRole", json!({ "roleId": second }), "deletedId").await;
            assert_eq!(gone["deletedId"], second);
            let other = server.sign_in("reseller-1a").await;
            let stolen = create(&other, self::ann(&[id])).await;
            assert_eq!(stolen["userErrors"][0]["code"], "NOT_FOUND", "a role of another account does not exist");
            server
        },
    )
    .await;
}

/// A member that manages members gives nothing that it does not hold, and touches no administrator.
#[tokio::test]
async fn nobody_grows_beyond_itself() {
    story(|server| async move {
        let administrator = server.sign_in("reseller-1a").await;
        let clerk = ["org.member.view", "org.member.manage", "org.role.view", "org.role.manage", "customer.view"];
        let made = make_role(&administrator, "Clerk", &clerk).await;
        let clerk_role = made["role"]["id"].as_str().unwrap().to_owned();
        created(&administrator, ann(&[&clerk_role])).await;
        let clerk = first_sign_in(&server, "reseller-1a", "ann", "first-password-1", "second-password-2").await;
        let bob = |roles: &[&str]| {
            let mut bob = ann(roles);
            bob["username"] = json!("bob");
            bob["email"] = json!("bob@example.com");
            bob
        };
        for roles in [[ADMINISTRATOR], [FINANCE]] {
            let payload = create(&clerk, bob(&roles)).await;
            assert_eq!(payload["userErrors"][0]["code"], "PERMISSION_NOT_GRANTABLE", "{payload}");
        }
        let bigger = make_role(&clerk, "Bigger", &["customer.budget"]).await;
        assert_eq!(bigger["userErrors"][0]["code"], "PERMISSION_NOT_GRANTABLE", "{bigger}");
        let bob = created(&clerk, bob(&[&clerk_role])).await;
        change(&administrator, "assignMemberRoles", json!({ "memberId": bob, "roles": [ADMINISTRATOR] }), SHOWN).await;
        let payload = change(&clerk, "lockMember", json!({ "memberId": bob }), "__typename").await;
        assert_eq!(payload["userErrors"][0]["code"], "PERMISSION_NOT_GRANTABLE", "{payload}");
        server
    })
    .await;
}

/// R-SUP-08, R-SUP-09: with the function on, changing members asks for codes; switching it off does, too.
#[tokio::test]
async fn the_administrator_switches_the_verification_function() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let asks = async |operation: &str| {
            let answer =
                client.ask("{ criticalOperations { operation policy asksNow } viewer { verificationEnabled } }").await;
            let all = answer["criticalOperations"].as_array().unwrap().clone();
            all.into_iter().find(|one| one["operation"] == operation).map(|one| one["asksNow"].clone())
        };
        assert_eq!(asks("CREATE_MEMBER").await, Some(json!(false)));
        assert_eq!(asks("BUDGET_PERMISSIONS").await, None, "a reseller grants none");
        let on = change(&client, "setVerificationFunction", json!({ "enabled": true }), "enabled").await;
        assert_eq!(on["enabled"], true, "{on}");
        assert_eq!(asks("CREATE_MEMBER").await, Some(json!(true)));
        let payload = create(&client, ann(&[FINANCE])).await;
        assert_eq!(payload["userErrors"][0]["code"], "VERIFICATION_CODE_REQUIRED", "{payload}");
        let mut with_code = ann(&[FINANCE]);
        let wrong_code = server.code(&client, "reseller-1a", "DELETE_MEMBER").await;
        with_code["verificationCode"] = json!(wrong_code);
        let payload = create(&client, with_code.clone()).await;
        assert_eq!(payload["userErrors"][0]["code"], "VERIFICATION_CODE_INVALID", "one code serves one operation");
        with_code["verificationCode"] = json!(server.code(&client, "reseller-1a", "CREATE_MEMBER").await);
        created(&client, with_code).await;

        let off = change(&client, "setVerificationFunction", json!({ "enabled": false }), "enabled").await;
        assert_eq!(off["userErrors"][0]["code"], "VERIFICATION_CODE_REQUIRED", "{off}");
        let code = server.code(&client, "reseller-1a", "SWITCH_VERIFICATION_OFF").await;
        let input = json!({ "enabled": false, "verificationCode": code });
        let off = change(&client, "setVerificationFunction", input, "enabled").await;
        assert_eq!(off["enabled"], false, "{off}");
        assert_eq!(asks("CREATE_MEMBER").await, Some(json!(false)));
        let manager = server.sign_in("reseller-1a/manager").await;
        let query = "mutation { setVerificationFunction(input: { enabled: true }) { enabled } }";
        assert_eq!(manager.run(query, Value::Null).await.code(), "FORBIDDEN");
        server
    })
    .await;
}
