//! The scoped transaction: the only door to tenant rows.

use std::{sync::Arc, time::Duration};

use sea_orm::{
    ActiveModelTrait, ColumnTrait as _, ConnectOptions, ConnectionTrait, Database,
    DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, EntityTrait, Iden as _,
    IntoActiveModel, IntoSimpleExpr, Order, PaginatorTrait, QueryFilter, QueryOrder, QueryResult,
    QuerySelect, QueryTrait as _, Select, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait, Value,
    sea_query::{Expr, ExprTrait as _, IntoCondition, OnConflict, Query, SimpleExpr},
};

use crate::{
    Departments, Error, Places, Scope,
    later::Later,
    moment::{Change, Changes, Changing, Moment},
    primary::Servers,
    watch,
};

/// An entity whose rows each belong to one tenant.
pub trait TenantEntity: EntityTrait {
    /// The column that says to which.
    fn tenant_column() -> Self::Column;

    /// The column that says at which location a row belongs; staff whose role is limited find only
    /// rows at theirs, and those at none.
    fn location_column() -> Option<Self::Column> {
        None
    }

    /// The column that holds the basket whose services say to which departments a row belongs; staff
    /// whose role is limited find only rows of which any service belongs to theirs.
    fn basket_column() -> Option<Self::Column> {
        None
    }
}

/// Declares a SeaORM entity as a tenant's: `tenant_entity!(Entity)` where the column is called
/// `TenantId`, else with the column; `at` names the column of its location, and `for` that of its
/// basket, where it has one.
#[macro_export]
macro_rules! tenant_entity {
    ($entity:ty) => {
        $crate::tenant_entity!($entity, Column::TenantId);
    };
    ($entity:ty, at $location:expr $(, for $basket:expr)?) => {
        impl $crate::TenantEntity for $entity {
            fn tenant_column() -> Self::Column {
                Column::TenantId
            }

            fn location_column() -> Option<Self::Column> {
                Some($location)
            }

            $(fn basket_column() -> Option<Self::Column> {
                Some($basket)
            })?
        }
    };
    ($entity:ty, $column:expr) => {
        impl $crate::TenantEntity for $entity {
            fn tenant_column() -> Self::Column {
                $column
            }
        }
    };
}

/// How long a request waits for a connection before it is told that the database is busy.
pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that was used a moment ago is not asked first whether it still answers: that would
/// be a round trip for each request.
const TEST_IDLE: Duration = Duration::from_millis(500);
/// A process that is frozen in the middle of a transaction keeps its locks: others wait for them no
/// longer than this, and PostgreSQL ends the transaction.
const POSTGRES_LIMITS: [(&str, &str); 2] =
    [("lock_timeout", "2s"), ("idle_in_transaction_session_timeout", "5s")];

/// The database, SQLite or PostgreSQL by its address.
#[derive(Clone, Debug)]
pub struct Db {
    pool: DatabaseConnection,
    changes: Arc<Changes>,
}

impl Db {
    /// Connects to `sqlite://…` (file made when absent) or `postgres://…`. Where the latter names
    /// several hosts, separated by commas, connections go to the one that takes writes, also when
    /// that changes.
    ///
    /// # Errors
    /// [`Error::Database`] when the address is wrong or nobody answers there.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        let servers = (!url.starts_with("sqlite")).then(|| Servers::of(url));
        let servers = servers.filter(Servers::are_several);
        let mut options = ConnectOptions::new(match &servers {
            Some(servers) => servers.find(ACQUIRE_TIMEOUT).await,
            None => url.to_owned(),
        });
        options
            .sqlx_logging(false)
            .record_stmt_in_spans(false)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .max_connections(if url.starts_with("sqlite") { 8 } else { 20 })
            .map_sqlx_postgres_opts(|options| options.options(POSTGRES_LIMITS))
            .map_sqlx_sqlite_opts(|options| {
                options
                    .create_if_missing(true)
                    .foreign_keys(true)
                    .busy_timeout(Duration::from_secs(10))
                    .pragma("journal_mode", "WAL")
                    .pragma("synchronous", "FULL")
            });
        match &servers {
            Some(servers) => servers.guard(&mut options),
            None => {
                options.test_before_acquire_if_idle_for(TEST_IDLE);
            }
        }
        let pool = Database::connect(options).await?;
        let changes: Arc<Changes> = Arc::default();
        if pool.get_database_backend() == DbBackend::Postgres {
            let own = pool.get_postgres_connection_pool();
            tokio::spawn(watch::watch(own.clone(), Arc::downgrade(&changes)));
            if let Some(servers) = servers {
                tokio::spawn(servers.follow(own.clone()));
            }
        }
        Ok(Self { pool, changes })
    }

    /// The bare pool, for what belongs to no tenant: the migrations, accounts and the named
    /// functions of [`crate::directory`] and the outbox.
    #[must_use]
    pub fn platform(&self) -> &DatabaseConnection {
        &self.pool
    }

    /// The present moment in the scope's town: what was looked at before is compared with it.
    #[must_use]
    pub fn moment(&self, scope: &Scope) -> Moment {
        self.changes.asked(scope.tenant)
    }

    /// Opens a transaction that only reads.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn read(&self, scope: &Scope) -> Result<TenantTx, Error> {
        self.begin(scope, SqliteTransactionMode::Deferred, None).await
    }

    /// Opens a transaction that may write. On SQLite it takes the write lock at once, so that it
    /// never has to upgrade.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn write(&self, scope: &Scope) -> Result<TenantTx, Error> {
        let changes = Some(Arc::clone(&self.changes));
        self.begin(scope, SqliteTransactionMode::Immediate, changes).await
    }

    /// The same for what is never kept in memory, such as mails: it makes nobody look anew.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn write_unseen(&self, scope: &Scope) -> Result<TenantTx, Error> {
        self.begin(scope, SqliteTransactionMode::Immediate, None).await
    }

    async fn begin(
        &self,
        scope: &Scope,
        mode: SqliteTransactionMode,
        changes: Option<Arc<Changes>>,
    ) -> Result<TenantTx, Error> {
        let sqlite = self.pool.get_database_backend() == DbBackend::Sqlite;
        let moment = self.changes.moment(scope.tenant);
        let tx = self
            .pool
            .begin_with_options(TransactionOptions {
                sqlite_transaction_mode: sqlite.then_some(mode),
                ..TransactionOptions::default()
            })
            .await?;
        if !sqlite {
            tx.execute_raw(Statement::from_sql_and_values(
                DbBackend::Postgres,
                "SELECT set_config('app.tenant_id', $1, true)",
                [scope.tenant.to_string().into()],
            ))
            .await?;
        }
        let writes = mode == SqliteTransactionMode::Immediate;
        Ok(TenantTx { tx, later: Later::default(), scope: *scope, moment, writes, changes })
    }
}

/// A transaction in one town. Dropping it without [`TenantTx::commit`] rolls back.
#[derive(Debug)]
pub struct TenantTx {
    tx: DatabaseTransaction,
    later: Later,
    scope: Scope,
    moment: Moment,
    writes: bool,
    /// Where the town's changes are counted, if this transaction may make any that are seen.
    changes: Option<Arc<Changes>>,
}

impl TenantTx {
    /// For whom the transaction was opened.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// When the transaction was opened: what it reads is of this moment or later.
    #[must_use]
    pub fn moment(&self) -> Moment {
        self.moment
    }

    /// Whether it may write: what it reads may be its own and yet be undone.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.writes
    }

    /// Which of the two databases it is.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.tx.get_database_backend()
    }

    /// Selects rows of this town.
    #[must_use]
    pub fn find<E: TenantEntity>(&self) -> TenantSelect<'_, E> {
        TenantSelect { select: E::find().filter(self.is_ours::<E>()), tx: self }
    }

    /// Inserts a row for this town; the tenant column is set here.
    ///
    /// # Errors
    /// The database's own, so that callers can tell a violated constraint.
    pub async fn insert<A>(&self, row: A) -> Result<(), DbErr>
    where
        A: ActiveModelTrait + sea_orm::ActiveModelBehavior + Send,
        A::Entity: TenantEntity,
    {
        A::Entity::insert(self.own(row)).exec_without_returning(self.caught_up().await?).await?;
        Ok(())
    }

    /// Inserts a row for this town together with others that are put off: before the next statement, or
    /// at the end. For rows of which nobody asks whether a constraint refuses them, since it would be
    /// the next statement that fails.
    pub fn insert_later<A>(&self, row: A)
    where
        A: ActiveModelTrait,
        A::Entity: TenantEntity,
    {
        self.later.add(A::Entity::insert(self.own(row)).into_query());
    }

    /// Inserts a row for this town unless a unique or exclusion constraint forbids it; tells
    /// whether it was inserted.
    ///
    /// # Errors
    /// The database's own.
    pub async fn insert_unless_taken<A>(&self, row: A) -> Result<bool, DbErr>
    where
        A: ActiveModelTrait + sea_orm::ActiveModelBehavior + Send,
        A::Entity: TenantEntity,
    {
        let inserted = A::Entity::insert(self.own(row))
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(self.caught_up().await?)
            .await?;
        Ok(inserted == 1)
    }

    /// Updates the row with the primary key of `row`; other towns' rows are not found.
    ///
    /// # Errors
    /// [`DbErr::RecordNotUpdated`] when there is none in this town, else the database's own.
    pub async fn update<A>(&self, row: A) -> Result<<A::Entity as EntityTrait>::Model, DbErr>
    where
        A: ActiveModelTrait + sea_orm::ActiveModelBehavior + Send,
        A::Entity: TenantEntity,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        A::Entity::update(row)
            .validate()?
            .filter(self.is_ours::<A::Entity>())
            .exec(self.caught_up().await?)
            .await
    }

    /// Changes this town's rows that match, in the columns that `change` sets; tells how many there are.
    ///
    /// # Errors
    /// The database's own.
    pub async fn update_where<A>(
        &self,
        mut change: A,
        filter: impl IntoCondition,
    ) -> Result<u64, DbErr>
    where
        A: ActiveModelTrait,
        A::Entity: TenantEntity,
    {
        // No row leaves its town.
        change.not_set(A::Entity::tenant_column());
        let ours = A::Entity::update_many().set(change).filter(self.is_ours::<A::Entity>());
        Ok(ours.filter(filter).exec(self.caught_up().await?).await?.rows_affected)
    }

    /// Deletes this town's rows that match.
    ///
    /// # Errors
    /// The database's own.
    pub async fn delete<E: TenantEntity>(&self, filter: impl IntoCondition) -> Result<u64, DbErr> {
        let deleted = E::delete_many()
            .filter(self.is_ours::<E>())
            .filter(filter)
            .exec(self.caught_up().await?)
            .await?;
        Ok(deleted.rows_affected)
    }

    /// Runs a statement that no entity expresses. Its `$1` is the tenant, which the statement
    /// must compare with; `values` follow from `$2`.
    ///
    /// # Errors
    /// The database's own.
    pub async fn query(&self, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, DbErr> {
        debug_assert!(sql.contains("$1"), "a statement without the tenant: {sql}");
        let values = std::iter::once(self.scope.tenant.0.into()).chain(values);
        let backend = self.tx.get_database_backend();
        self.caught_up()
            .await?
            .query_all_raw(Statement::from_sql_and_values(backend, sql, values))
            .await
    }

    /// Waits until no other transaction of this town has one of `names` locked, and keeps them
    /// locked until this one ends: for rules that no constraint expresses. Everybody has to name
    /// them in the same order. On SQLite writers are alone anyway.
    ///
    /// # Errors
    /// The database's own.
    pub async fn lock(&self, names: &[&[u8]]) -> Result<(), DbErr> {
        if self.backend() == DbBackend::Sqlite || names.is_empty() {
            return Ok(());
        }
        let lock = |n| {
            format!("pg_advisory_xact_lock(hashtextextended($1::text || encode(${n}, 'hex'), 0))")
        };
        let locks: Vec<String> = (2..names.len() + 2).map(lock).collect();
        let values = names.iter().map(|name| Value::from(name.to_vec())).collect();
        self.query(&format!("SELECT {}", locks.join(", ")), values).await?;
        Ok(())
    }

    /// Makes what was done durable. Answers the change that it is, where it stands for itself.
    ///
    /// # Errors
    /// The database's own; nothing was done then, unless the answer got lost.
    pub async fn commit(self) -> Result<Option<Change>, DbErr> {
        self.caught_up().await?;
        let tenant = self.scope.tenant;
        let changing = self.changes.as_ref().map(|changes| changes.begin(tenant));
        self.tx.commit().await?;
        Ok(changing.and_then(Changing::done_alone))
    }

    /// Registers a county; the one table that all towns share.
    ///
    /// # Errors
    /// The database's own.
    pub async fn register_county(&self, key: &str, name: &str) -> Result<(), DbErr> {
        use crate::entity::county;
        county::Entity::insert(county::ActiveModel {
            key: sea_orm::Set(key.to_owned()),
            name: sea_orm::Set(name.to_owned()),
        })
        .on_conflict(OnConflict::column(county::Column::Key).do_nothing().to_owned())
        .exec_without_returning(self.caught_up().await?)
        .await?;
        Ok(())
    }

    /// The transaction in which everything was done that was put off.
    async fn caught_up(&self) -> Result<&DatabaseTransaction, DbErr> {
        self.later.insert(&self.tx).await?;
        Ok(&self.tx)
    }

    fn is_ours<E: TenantEntity>(&self) -> SimpleExpr {
        let mut ours = E::tenant_column().eq(self.scope.tenant.0);
        let places = self.scope.places();
        if let Some(location) = E::location_column()
            && places != Places::EVERYWHERE
        {
            ours = ours.and(location.is_in(places.all()).or(location.is_null()));
        }
        match E::basket_column() {
            Some(basket) if self.scope.departments() != Departments::ALL => {
                ours.and(self.any_of_our_departments::<E>(basket))
            }
            _ => ours,
        }
    }

    /// Whether any service of a row's basket belongs to the departments of the scope. What a service
    /// belongs to is looked up at each look, so that a row follows its service to another department.
    fn any_of_our_departments<E: TenantEntity>(&self, basket: E::Column) -> SimpleExpr {
        let column = format!("{}.{}", E::default().table_name(), basket.unquoted());
        let (department, is_in_basket) = match self.backend() {
            DbBackend::Postgres => (
                "(service.definition ->> 'department')",
                format!(
                    "{column} @> jsonb_build_array(jsonb_build_object('service', service.slug))"
                ),
            ),
            _ => (
                "(service.definition ->> '$.department')",
                format!(
                    "EXISTS (SELECT 1 FROM json_each({column}) line \
                     WHERE line.value ->> '$.service' = service.slug)"
                ),
            ),
        };
        let departments = self.scope.departments();
        let services = Query::select()
            .expr(Expr::cust("1"))
            .from("service")
            .and_where(Expr::cust("service.tenant_id").eq(self.scope.tenant.0))
            .and_where(Expr::cust(department).is_in(departments.slugs()))
            .and_where(Expr::cust(is_in_basket))
            .to_owned();
        Expr::exists(services)
    }

    fn own<A>(&self, mut row: A) -> A
    where
        A: ActiveModelTrait,
        A::Entity: TenantEntity,
    {
        row.set(<A::Entity as TenantEntity>::tenant_column(), self.scope.tenant.0.into());
        row
    }
}

/// A select that is bound to one town and to its transaction.
#[derive(Debug)]
pub struct TenantSelect<'tx, E: EntityTrait> {
    select: Select<E>,
    tx: &'tx TenantTx,
}

impl<E: TenantEntity> TenantSelect<'_, E>
where
    E::Model: Send + Sync,
{
    /// Adds a condition.
    #[must_use]
    pub fn filter(mut self, condition: impl IntoCondition) -> Self {
        self.select = self.select.filter(condition);
        self
    }

    /// Adds an order.
    #[must_use]
    pub fn order_by(mut self, column: impl IntoSimpleExpr, order: Order) -> Self {
        self.select = self.select.order_by(column, order);
        self
    }

    /// At most so many rows.
    #[must_use]
    pub fn limit(mut self, rows: u64) -> Self {
        self.select = self.select.limit(rows);
        self
    }

    /// Keeps others from changing the rows until this transaction ends. On SQLite a writing
    /// transaction does that anyway, and one that only reads changes nothing that rests on them.
    #[must_use]
    pub fn for_update(mut self) -> Self {
        if self.tx.writes() {
            self.select = self.select.lock_exclusive();
        }
        self
    }

    /// The first row.
    ///
    /// # Errors
    /// The database's own.
    pub async fn one(self) -> Result<Option<E::Model>, DbErr> {
        self.select.one(self.tx.caught_up().await?).await
    }

    /// All rows.
    ///
    /// # Errors
    /// The database's own.
    pub async fn all(self) -> Result<Vec<E::Model>, DbErr> {
        self.select.all(self.tx.caught_up().await?).await
    }

    /// How many rows.
    ///
    /// # Errors
    /// The database's own.
    pub async fn count(self) -> Result<u64, DbErr> {
        self.select.count(self.tx.caught_up().await?).await
    }
}
