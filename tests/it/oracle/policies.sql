-- Who may see which rows, as row-level security of PostgreSQL.
--
-- Written from the specification and the table definitions, and from nothing else: what src/access decides, and how its
-- statements are made, is not looked at here. A policy is made of plain joins, slow and obvious. Where the
-- specification is silent, the comment says so, and the policy follows the program ("reading").
--
-- The test says who looks (oracle.member) and when (oracle.now, in microseconds) and reads as oracle_reader. Everything
-- else - account, kind, roles, permissions, whom the member looks after - is derived from the tables here.

CREATE SCHEMA oracle;

-- 05-organization-and-members, matrix B, for the permissions that lists depend on: A, D, M, F. The platform's roles,
-- and what customers do, are not in the matrix (reading): its operators and reviewers look at the business, its meter
-- at nothing, and a customer's administrator has every permission that an account can have.
CREATE TABLE oracle.matrix (role TEXT NOT NULL, permission TEXT NOT NULL);
INSERT INTO oracle.matrix
SELECT role, permission FROM (VALUES
    ('customer.view', 'ADMINISTRATOR ACCOUNT_DIRECTOR ACCOUNT_MANAGER FINANCE_SPECIALIST OPERATOR REVIEWER'),
    ('customer.details', 'ADMINISTRATOR ACCOUNT_DIRECTOR ACCOUNT_MANAGER FINANCE_SPECIALIST OPERATOR REVIEWER'),
    ('customer.order.view', 'ADMINISTRATOR ACCOUNT_DIRECTOR ACCOUNT_MANAGER'),
    ('customer.develop', 'ADMINISTRATOR ACCOUNT_DIRECTOR ACCOUNT_MANAGER'),
    ('customer.export', 'ADMINISTRATOR'),
    ('opportunity.view', 'ADMINISTRATOR ACCOUNT_DIRECTOR ACCOUNT_MANAGER'),
    ('reseller.view', 'ADMINISTRATOR ACCOUNT_DIRECTOR ACCOUNT_MANAGER FINANCE_SPECIALIST OPERATOR REVIEWER'),
    ('org.member.view', 'ADMINISTRATOR ACCOUNT_DIRECTOR OPERATOR'),
    ('org.role.view', 'ADMINISTRATOR OPERATOR'),
    ('program.agreement.view', 'ADMINISTRATOR'),
    ('audit.view', 'ADMINISTRATOR'),
    ('integration.webhook', 'ADMINISTRATOR')
) AS row (permission, roles), unnest(string_to_array(roles, ' ')) AS role;

-- "fixed" in the matrix: no role that an account makes can give them. Where events are sent to is nobody else's, too
-- (reading).
CREATE TABLE oracle.fixed (permission TEXT NOT NULL);
INSERT INTO oracle.fixed VALUES ('customer.export'), ('integration.webhook');

-- Who looks. A member that is locked or deleted is nobody (05, states of a member; R-ORG-23).
CREATE VIEW oracle.me AS
SELECT m.id AS member, m.holder, m.roles, a.id AS account, a.kind
FROM members m JOIN accounts a ON a.id = m.account_id
WHERE m.id = current_setting('oracle.member')::uuid AND NOT m.locked AND m.deleted_at IS NULL;

-- R-ORG-03: the union of the roles' permissions. R-ORG-09 and open point 2: the holder is an administrator.
CREATE VIEW oracle.held AS
SELECT permission FROM oracle.me JOIN oracle.matrix ON me.holder AND role = 'ADMINISTRATOR' OR me.roles ? role
UNION
SELECT code FROM oracle.me JOIN roles r ON r.account_id = me.account AND me.roles ? r.id::text,
    jsonb_array_elements_text(r.permissions) AS code
WHERE code NOT IN (SELECT permission FROM oracle.fixed);

CREATE FUNCTION oracle.may(code TEXT) RETURNS BOOLEAN LANGUAGE sql STABLE
AS $$ SELECT EXISTS (SELECT 1 FROM oracle.held WHERE permission = code) $$;

CREATE FUNCTION oracle.is(VARIADIC kinds TEXT[]) RETURNS BOOLEAN LANGUAGE sql STABLE
AS $$ SELECT EXISTS (SELECT 1 FROM oracle.me WHERE kind = ANY (kinds)) $$;

CREATE FUNCTION oracle.account() RETURNS UUID LANGUAGE sql STABLE AS $$ SELECT account FROM oracle.me $$;

CREATE FUNCTION oracle.now() RETURNS BIGINT LANGUAGE sql STABLE
AS $$ SELECT current_setting('oracle.now')::bigint $$;

-- 05, part C, R-ORG-13, R-ORG-14: only an account manager or a director without any other role sees less than all.
CREATE FUNCTION oracle.sees_all() RETURNS BOOLEAN LANGUAGE sql STABLE
AS $$ SELECT EXISTS (SELECT 1 FROM oracle.me
    WHERE holder OR NOT roles IN ('["ACCOUNT_MANAGER"]'::jsonb, '["ACCOUNT_DIRECTOR"]'::jsonb)) $$;

-- In whose name: a manager's own, and for a director also those that it directs (R-CORE-45, R-ORG-91).
CREATE VIEW oracle.hands AS
SELECT member AS id FROM oracle.me
UNION
SELECT m.id FROM oracle.me JOIN members m ON m.director_id = me.member AND m.account_id = me.account
WHERE me.roles ? 'ACCOUNT_DIRECTOR' AND m.deleted_at IS NULL;

-- Whom they look after now. A withdrawal lies in the future until the month ends (R-CORE-46).
CREATE VIEW oracle.looked_after AS
SELECT s.subject_id AS id
FROM manager_assignments s JOIN oracle.hands h ON h.id = s.member_id JOIN oracle.me ON me.account = s.account_id
WHERE s.from_at <= oracle.now() AND (s.until_at IS NULL OR s.until_at > oracle.now());

-- R-CORE-01, R-ORG-92. A reseller is in its own scope whoever of its members looks (reading).
CREATE VIEW oracle.my_resellers AS
SELECT r.id FROM resellers r, oracle.me WHERE me.kind = 'PLATFORM'
UNION
SELECT r.id FROM resellers r JOIN oracle.me ON me.kind = 'DISTRIBUTOR' AND r.distributor_id = me.account
WHERE oracle.sees_all() OR r.id IN (SELECT id FROM oracle.looked_after)
UNION
SELECT r.id FROM resellers r JOIN oracle.me ON r.id = me.account;

-- R-CORE-01, R-CORE-45. The distributor of a customer is that of its reseller, whatever the customer's row says.
CREATE VIEW oracle.my_customers AS
SELECT c.id FROM customers c, oracle.me WHERE me.kind = 'PLATFORM'
UNION
SELECT c.id FROM customers c JOIN oracle.my_resellers r ON r.id = c.partner_id WHERE oracle.is('DISTRIBUTOR')
UNION
SELECT c.id FROM customers c
JOIN oracle.me ON me.kind IN ('CLOUD_SOLUTION_PROVIDER', 'RESELLER') AND c.partner_id = me.account
WHERE oracle.sees_all() OR c.id IN (SELECT id FROM oracle.looked_after)
UNION
SELECT c.id FROM customers c JOIN oracle.me ON c.id = me.account;

-- Whose a customer is, and since when.
CREATE VIEW oracle.associated AS SELECT id, partner_id AS partner, associated_at AS since FROM customers;

-- The customer and the reseller that filters name.
CREATE FUNCTION oracle.one_customer() RETURNS UUID LANGUAGE sql STABLE
AS $$ SELECT current_setting('oracle.customer')::uuid $$;

CREATE FUNCTION oracle.one_reseller() RETURNS UUID LANGUAGE sql STABLE
AS $$ SELECT current_setting('oracle.reseller')::uuid $$;

-- Q-CUS-01, R-CUS-12, 05 matrix B (customer.develop): managers their own claims, directors those of their managers.
CREATE VIEW oracle.my_preregistrations AS
SELECT p.id FROM preregistrations p, oracle.me WHERE me.kind = 'PLATFORM'
UNION
SELECT p.id FROM preregistrations p
JOIN oracle.me ON me.kind IN ('CLOUD_SOLUTION_PROVIDER', 'RESELLER') AND p.partner_id = me.account
WHERE oracle.sees_all() OR p.account_manager_id IN (SELECT id FROM oracle.hands);

-- Q-CUS-02, R-CUS-12: the same of invitations.
CREATE VIEW oracle.my_invitations AS
SELECT i.id FROM invitations i, oracle.me WHERE me.kind = 'PLATFORM'
UNION
SELECT i.id FROM invitations i
JOIN oracle.me ON me.kind IN ('CLOUD_SOLUTION_PROVIDER', 'RESELLER') AND i.partner_id = me.account
WHERE oracle.sees_all() OR i.account_manager_id IN (SELECT id FROM oracle.hands);

-- Q-CUS-06, R-CUS-35, R-ORG-30, R-ORG-31: whoever owns them; at a distributor, those of the resellers in scope. The
-- platform has no part in them (reading).
CREATE VIEW oracle.my_opportunities AS
SELECT o.id FROM opportunities o
JOIN oracle.me ON me.kind IN ('CLOUD_SOLUTION_PROVIDER', 'RESELLER') AND o.partner_id = me.account
WHERE oracle.sees_all() OR o.owner_id IN (SELECT id FROM oracle.hands)
UNION
SELECT o.id FROM opportunities o JOIN oracle.my_resellers r ON r.id = o.partner_id WHERE oracle.is('DISTRIBUTOR');

-- An application is its applicant's, the other side's and the platform's (docs/reviews.md: the specification speaks of
-- each kind by itself). A member that sees less than all sees those about its customers, and about its claims
-- (R-CORE-45, R-CUS-12).
CREATE VIEW oracle.my_applications AS
SELECT a.id FROM applications a, oracle.me
WHERE me.kind = 'PLATFORM'
    OR (a.account_id = me.account OR a.counterparty_id = me.account)
    AND (oracle.sees_all()
        OR a.kind = 'PREREGISTRATION_REVIEW' AND a.topic_id IN (SELECT id FROM oracle.my_preregistrations)
        OR a.kind <> 'PREREGISTRATION_REVIEW' AND a.subject_id IN (SELECT id FROM oracle.my_customers));

-- Accounts by id: one's own; resellers and customers in scope; for a customer its partner, as a contact (R-CORE-01),
-- and for a reseller its distributor likewise (reading).
CREATE VIEW oracle.my_contacts AS
SELECT c.partner_id AS id FROM customers c JOIN oracle.me ON c.id = me.account
UNION
SELECT r.distributor_id FROM resellers r JOIN oracle.me ON r.id = me.account;

-- Whom other rows may name: whoever may see an order sees whose it is, also without customer.view (reading).
CREATE VIEW oracle.named_accounts AS
SELECT id FROM accounts WHERE id = oracle.account() OR oracle.is('PLATFORM')
UNION
SELECT id FROM oracle.my_contacts
UNION
SELECT id FROM oracle.my_resellers
UNION
SELECT id FROM oracle.my_customers;

ALTER TABLE accounts ENABLE ROW LEVEL SECURITY;
CREATE POLICY accounts_seen ON accounts FOR SELECT TO oracle_reader USING (
    id = oracle.account()
    OR id IN (SELECT id FROM oracle.my_contacts)
    OR kind NOT IN ('RESELLER', 'CUSTOMER') AND oracle.is('PLATFORM')
    OR kind = 'RESELLER' AND oracle.may('reseller.view') AND id IN (SELECT id FROM oracle.my_resellers)
    OR kind = 'CUSTOMER' AND oracle.may('customer.view') AND id IN (SELECT id FROM oracle.my_customers));

-- Q-CORE-02, R-CORE-01, R-CORE-45.
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY customers_seen ON customers FOR SELECT TO oracle_reader USING (
    oracle.may('customer.view') AND id IN (SELECT id FROM oracle.my_customers));

-- Q-CORE-01, Q-CORE-06, R-CORE-01, R-ORG-92.
ALTER TABLE resellers ENABLE ROW LEVEL SECURITY;
CREATE POLICY resellers_seen ON resellers FOR SELECT TO oracle_reader USING (
    oracle.may('reseller.view') AND oracle.is('PLATFORM', 'DISTRIBUTOR', 'RESELLER')
    AND id IN (SELECT id FROM oracle.my_resellers));

-- Q-CORE-04, R-CORE-44: of the customers and resellers in scope; a customer does not read them (decision 0011). What an
-- earlier partner did is not the next one's to read: records from before the association stay away (decision 0030).
ALTER TABLE adjustment_records ENABLE ROW LEVEL SECURITY;
CREATE POLICY adjustment_records_seen ON adjustment_records FOR SELECT TO oracle_reader USING (
    oracle.may('customer.view') AND NOT oracle.is('CUSTOMER') AND subject_id IN (SELECT id FROM oracle.my_customers)
    AND (oracle.is('PLATFORM') OR at >= (SELECT since FROM oracle.associated WHERE id = subject_id))
    OR oracle.may('reseller.view') AND oracle.is('PLATFORM', 'DISTRIBUTOR', 'RESELLER')
    AND subject_id IN (SELECT id FROM oracle.my_resellers));

-- Q-CORE-07, R-CORE-21, R-CORE-22: the partners above a customer and not the customer; since the association, as above.
ALTER TABLE budget_alerts ENABLE ROW LEVEL SECURITY;
CREATE POLICY budget_alerts_seen ON budget_alerts FOR SELECT TO oracle_reader USING (
    oracle.may('customer.view') AND NOT oracle.is('CUSTOMER') AND customer_id IN (SELECT id FROM oracle.my_customers)
    AND (oracle.is('PLATFORM') OR raised_at >= (SELECT since FROM oracle.associated WHERE id = customer_id)));

-- 10 and 11, Events: whom an event names sees it, now and when the customer has left (decision 0030); ACCESS_CHANGED is
-- nobody's. Members that see less than all: those about what they look after (R-CORE-45).
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
CREATE POLICY events_seen ON events FOR SELECT TO oracle_reader USING (
    oracle.may('customer.view') AND position IS NOT NULL AND event_type <> 'ACCESS_CHANGED'
    AND (oracle.is('PLATFORM') OR oracle.account() IN (to_distributor, to_partner, to_customer))
    AND (oracle.sees_all()
        OR subject_id IN (SELECT id FROM oracle.my_customers)
        OR subject_id IN (SELECT id FROM oracle.my_resellers)
        OR subject_id IN (SELECT id FROM oracle.my_preregistrations)
        OR subject_id IN (SELECT id FROM oracle.my_invitations)));

-- Q-CUS-04, R-CUS-31: of the customers in scope, with all that they ever ordered (docs/orders.md; the specification
-- says nothing of orders from before an association).
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY orders_seen ON orders FOR SELECT TO oracle_reader USING (
    oracle.may('customer.order.view') AND customer_id IN (SELECT id FROM oracle.my_customers));

-- Q-CUS-05: of the customers in scope.
ALTER TABLE resources ENABLE ROW LEVEL SECURITY;
CREATE POLICY resources_seen ON resources FOR SELECT TO oracle_reader USING (
    oracle.may('customer.details') AND customer_id IN (SELECT id FROM oracle.my_customers));

-- Q-CUS-01, 05 matrix B: whoever develops customers; the platform looks on.
ALTER TABLE preregistrations ENABLE ROW LEVEL SECURITY;
CREATE POLICY preregistrations_seen ON preregistrations FOR SELECT TO oracle_reader USING (
    CASE WHEN oracle.is('PLATFORM') THEN oracle.may('customer.view') ELSE oracle.may('customer.develop') END
    AND id IN (SELECT id FROM oracle.my_preregistrations));

-- Q-CUS-02, the same.
ALTER TABLE invitations ENABLE ROW LEVEL SECURITY;
CREATE POLICY invitations_seen ON invitations FOR SELECT TO oracle_reader USING (
    CASE WHEN oracle.is('PLATFORM') THEN oracle.may('customer.view') ELSE oracle.may('customer.develop') END
    AND id IN (SELECT id FROM oracle.my_invitations));

-- Q-CUS-03: both sides, and the distributor of the reseller. They stay with a partner whose customer has left; members
-- that see less than all read those of the customers that they look after (R-CORE-45).
ALTER TABLE association_records ENABLE ROW LEVEL SECURITY;
CREATE POLICY association_records_seen ON association_records FOR SELECT TO oracle_reader USING (
    oracle.may('customer.view')
    AND (oracle.is('PLATFORM') OR oracle.account() IN (partner_id, customer_id)
        OR oracle.is('DISTRIBUTOR') AND partner_id IN (SELECT id FROM oracle.my_resellers))
    AND (oracle.sees_all() OR customer_id IN (SELECT id FROM oracle.my_customers)));

-- Q-CUS-08: the customer's, and those given to the partner; no distributor has a part in them.
ALTER TABLE authorizations ENABLE ROW LEVEL SECURITY;
CREATE POLICY authorizations_seen ON authorizations FOR SELECT TO oracle_reader USING (
    oracle.may('customer.view')
    AND (oracle.is('PLATFORM') OR oracle.account() IN (partner_id, customer_id))
    AND (oracle.sees_all() OR customer_id IN (SELECT id FROM oracle.my_customers)));

-- Q-CUS-07: the partner's own history; members that see less than all, that of whom they look after (R-CORE-45).
ALTER TABLE manager_assignments ENABLE ROW LEVEL SECURITY;
CREATE POLICY manager_assignments_seen ON manager_assignments FOR SELECT TO oracle_reader USING (
    oracle.may('customer.view') AND account_id = oracle.account() AND NOT oracle.is('PLATFORM', 'CUSTOMER')
    AND (oracle.sees_all() OR subject_id IN (SELECT id FROM oracle.looked_after)));

-- 11, Q-CUS-06, R-CUS-35.
ALTER TABLE opportunities ENABLE ROW LEVEL SECURITY;
CREATE POLICY opportunities_seen ON opportunities FOR SELECT TO oracle_reader USING (
    oracle.may('opportunity.view') AND id IN (SELECT id FROM oracle.my_opportunities));

-- The log of an opportunity is part of it.
ALTER TABLE opportunity_progress ENABLE ROW LEVEL SECURITY;
CREATE POLICY opportunity_progress_seen ON opportunity_progress FOR SELECT TO oracle_reader USING (
    oracle.may('opportunity.view') AND opportunity_id IN (SELECT id FROM oracle.my_opportunities));

-- See the view. Whoever sees customers sees what is asked about them (reading).
ALTER TABLE applications ENABLE ROW LEVEL SECURITY;
CREATE POLICY applications_seen ON applications FOR SELECT TO oracle_reader USING (
    oracle.may('customer.view') AND id IN (SELECT id FROM oracle.my_applications));

-- Files: an account's own, until they are removed. What an application has belongs to it: members that see less than
-- all see it where they see the application, and what is free where they uploaded it (R-CORE-45; 05, part C: one scope
-- for all). Whoever decides an application reads its files there, and not by their ids (reading).
ALTER TABLE attachments ENABLE ROW LEVEL SECURITY;
CREATE POLICY attachments_seen ON attachments FOR SELECT TO oracle_reader USING (
    stored_at IS NOT NULL AND removed_at IS NULL AND account_id = oracle.account()
    AND (oracle.sees_all()
        OR application_id IN (SELECT id FROM oracle.my_applications)
        OR application_id IS NULL AND member_id = (SELECT member FROM oracle.me)));

-- Name and roles of a colleague, by id: records and assignments name members to all of the account (R-ORG-15; reading).
-- Who is deleted is shown no more (05, states of a member).
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
CREATE POLICY members_seen ON members FOR SELECT TO oracle_reader USING (
    account_id = oracle.account() AND deleted_at IS NULL);

-- Q-ORG-01, 05 matrix B (org.member.view): what an administrator keeps of a member: for a director of its managers and
-- itself. A customer's people are its own business (reading: there is no list of them).
CREATE VIEW oracle.listed_members AS
SELECT m.id FROM members m JOIN oracle.me ON m.account_id = me.account
WHERE oracle.may('org.member.view') AND me.kind <> 'CUSTOMER' AND m.deleted_at IS NULL
    AND (oracle.sees_all() OR m.id IN (SELECT id FROM oracle.hands));

-- The same, and everybody itself (05, entity Member: 'self').
CREATE VIEW oracle.detailed_members AS
SELECT id FROM oracle.listed_members UNION SELECT member FROM oracle.me;

-- Records name members of the account whose row they are, also those that were deleted (05, states of a member).
CREATE VIEW oracle.staff AS SELECT m.id FROM members m JOIN oracle.me ON m.account_id = me.account;

-- Q-ORG-03: the account's own.
ALTER TABLE roles ENABLE ROW LEVEL SECURITY;
CREATE POLICY roles_seen ON roles FOR SELECT TO oracle_reader USING (
    oracle.may('org.role.view') AND NOT oracle.is('CUSTOMER') AND account_id = oracle.account());

-- 05 matrix B (audit.view: operation records of the partner); the platform reads all.
ALTER TABLE access_records ENABLE ROW LEVEL SECURITY;
CREATE POLICY access_records_seen ON access_records FOR SELECT TO oracle_reader USING (
    oracle.may('audit.view') AND (oracle.is('PLATFORM') OR by_account = oracle.account()));

-- R-CORE-43, R-ORG-26 and O-CUS-19: files of lists, for whoever may export that list; a file that may hold more than a
-- member sees now is not shown to it (decision 0031). The history is of 90 days.
ALTER TABLE exports ENABLE ROW LEVEL SECURITY;
CREATE POLICY exports_seen ON exports FOR SELECT TO oracle_reader USING (
    account_id = oracle.account() AND created_at > oracle.now() - 90 * 86400::bigint * 1000000
    AND CASE kind
        WHEN 'CUSTOMERS' THEN oracle.may('customer.export')
        WHEN 'INVITATIONS' THEN oracle.may('customer.develop')
        WHEN 'ORDERS' THEN oracle.may('customer.order.view')
        ELSE oracle.may('customer.order.view') AND oracle.may('customer.details') END
    AND (oracle.sees_all() OR NOT wide AND member_id = (SELECT member FROM oracle.me)));

-- R-CUS-38, Q-CUS-09: the customer's own operation log, of 7 days.
ALTER TABLE traces ENABLE ROW LEVEL SECURITY;
CREATE POLICY traces_seen ON traces FOR SELECT TO oracle_reader USING (
    oracle.may('audit.view') AND customer_id = oracle.account()
    AND at >= oracle.now() - 7 * 86400::bigint * 1000000);

-- R-CUS-37, Q-CUS-08: what the customer signed.
ALTER TABLE agreements ENABLE ROW LEVEL SECURITY;
CREATE POLICY agreements_seen ON agreements FOR SELECT TO oracle_reader USING (
    oracle.may('program.agreement.view') AND customer_id = oracle.account());

-- Q-CORE-05, 05 matrix B (reseller.view: T and O): the distributor's; managers those whose resellers they will look
-- after.
ALTER TABLE reseller_invitations ENABLE ROW LEVEL SECURITY;
CREATE POLICY reseller_invitations_seen ON reseller_invitations FOR SELECT TO oracle_reader USING (
    oracle.may('reseller.view') AND distributor_id = oracle.account()
    AND (oracle.sees_all() OR account_manager_id IN (SELECT id FROM oracle.hands)));

-- Where the account's events go (decision 0022), and the log of it.
ALTER TABLE webhook_endpoints ENABLE ROW LEVEL SECURITY;
CREATE POLICY webhook_endpoints_seen ON webhook_endpoints FOR SELECT TO oracle_reader USING (
    oracle.may('integration.webhook') AND NOT oracle.is('PLATFORM', 'CUSTOMER') AND account_id = oracle.account());

-- The views are read with the rights of whoever made them, so that no policy is in the way of another.
GRANT USAGE ON SCHEMA oracle TO oracle_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA oracle TO oracle_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO oracle_reader;
